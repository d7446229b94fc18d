# What gdb is to do with a replay (ci/repro --gdb): follow it into its sandbox, and stop where a
# sanitizer has reported, where a rule is found broken and where a case fails.
set pagination off
set confirm off
set print thread-events off
set print inferior-events off
set breakpoint pending on

# The outer process of the sandbox makes a first one inside, and that makes the one that plays.
set follow-fork-mode child
set detach-on-fork on
# What the actors send each other, and what the harness does with the clock.
handle SIGPIPE SIGALRM SIGUSR1 SIGUSR2 SIGCHLD nostop noprint pass

# From there on what is forked is a helper: a symbolizer, a peer, an actor.
tbreak ipc_hammer::JobRun::Run
commands
  silent
  set follow-fork-mode parent
  continue
end
tbreak LLVMFuzzerTestOneInput
commands
  silent
  set follow-fork-mode parent
  continue
end

# After its report, before the process ends.
break __sanitizer::Die
# The model and the sequential runner; the verdict on threads and processes; an assertion of a case.
break ipc_hammer::(anonymous namespace)::Broken
break ipc_hammer::JobRun::Report
break testing::internal::AssertHelper::operator=
break abort

run
