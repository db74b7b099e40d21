"""Median microseconds for one byte through a command that echoes: COUNT COMMAND…"""
import os, statistics, subprocess, sys, time

count, command = int(sys.argv[1]), sys.argv[2:]
process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
write, read = process.stdin.fileno(), process.stdout.fileno()
taken = []
for number in range(count + 100):
    start = time.perf_counter_ns()
    os.write(write, b"x")
    if os.read(read, 1) != b"x":
        sys.exit("the echo ended")
    if number >= 100:  # the first ones warm everything up
        taken.append(time.perf_counter_ns() - start)
process.stdin.close()
process.wait()
print(f"{statistics.median(taken) / 1000:.1f}")
