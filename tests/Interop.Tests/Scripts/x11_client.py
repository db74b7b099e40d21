"""An X client of three lines: connects to $DISPLAY with its cookie, prints what the server answers, and says goodbye."""
import os, re, socket, struct, subprocess

number = int(re.match(r"localhost:(\d+)\.", os.environ["DISPLAY"]).group(1))
cookie = bytes.fromhex(subprocess.check_output(["xauth", "list", os.environ["DISPLAY"]], text=True).split()[2])
name = b"MIT-MAGIC-COOKIE-1"
setup = struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(cookie)) + name.ljust(20, b"\0") + cookie
with socket.create_connection(("localhost", 6000 + number)) as connection:
    connection.sendall(setup)
    answer = connection.recv(64)
    print(answer.decode())
    connection.sendall(answer[::-1])
