# Throughput and round trips of every kind, one line for each kind. Variables: data, out.
rows = system("wc -l < " . data) + 0
set terminal svg size 1100, 120 + 24 * rows font "sans-serif,13" background "white"
set output out
set multiplot layout 1, 2 margins 0.23, 0.97, 0.07, 0.94 spacing 0.04
set logscale x
set format x "%.0s%c"
set xrange [2e3 : 2e6]
set yrange [-0.7 : rows - 0.3]
set grid xtics ytics back lt 1 lw 0.7 lc rgb "#dddddd"
set border 3
set tics nomirror scale 0.5
set ytics 1 noenhanced
set key bottom left Left reverse samplen 1 opaque
set title "throughput, two processes: messages a second"
plot data using 2:0:ytic(1) with points pt 7 ps 0.9 lc rgb "#0072b2" title "64 B", \
     data using 3:0 with points pt 5 ps 0.8 lc rgb "#e69f00" title "4 KiB", \
     data using 4:0 with points pt 9 ps 1.0 lc rgb "#009e73" title "64 KiB"
set title "64 B there and back: round trips a second"
set format y ""
unset key
plot data using 5:0 with points pt 7 ps 0.9 lc rgb "#0072b2"
unset multiplot
