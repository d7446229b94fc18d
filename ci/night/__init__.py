"""The night: fuzzes every target, runs the stress scenarios, keeps what it learnt for the next.

The state folder:

    format         the version of this layout
    lock           held by the night that runs
    corpus/TARGET/ inputs, each named by the SHA-1 of its content
    findings/ID/   a finding as properties/findings/finding.h describes it, with night.json beside
                   it: one folder for each way in which a rule breaks, however many inputs hit it
    nights/START.json  what a night ended with: its line of the trend, its bugs and which other
                   findings are of them (bugs.py), and what each merge left
    set_aside/     what could not be used: damaged inputs, crashing inputs of a killed night
    work/          what runs now; what a killed night left here is taken in by the next one
    report.json    of the last night; coverage.json beside it where that was asked for

Everything in it appears whole: it is written beside its place and renamed. So a night may be killed
at any moment.
"""
