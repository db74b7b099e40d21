"""Everything a paramiko client does in one connection: PORT USER KEY KNOWN_HOSTS FOLDER ECHO_PORT"""
import os, random, socket, sys, threading

import warnings
warnings.simplefilter("ignore")
import paramiko

port, user, key, known_hosts, folder, echo_port = sys.argv[1:]
data = random.Random(1).randbytes(1_000_000)


def read_until(channel, text):
    seen = b""
    while text not in seen:
        more = channel.recv(1000)
        if not more:
            raise EOFError(seen)
        seen += more
    return seen


def exchange(channel, payload):
    threading.Thread(target=lambda: (channel.sendall(payload), channel.shutdown_write())).start()
    back = b""
    while more := channel.recv(65536):
        back += more
    return back == payload


with paramiko.SSHClient() as client:
    client.load_host_keys(known_hosts)
    client.connect("127.0.0.1", int(port), username=user, key_filename=key, allow_agent=False, look_for_keys=False)
    transport = client.get_transport()

    _, out, err = client.exec_command("echo out; echo err >&2; exit 9")
    print("exec", out.read(), err.read(), out.channel.recv_exit_status())

    channel = transport.open_session()
    channel.exec_command("cat")
    print("cat", len(data), exchange(channel, data))

    with client.open_sftp() as sftp:
        with sftp.open(folder + "/file", "wb") as file:
            file.set_pipelined(True)
            file.write(data)
        sftp.rename(folder + "/file", folder + "/renamed")
        sftp.chmod(folder + "/renamed", 0o640)
        with sftp.open(folder + "/renamed", "rb") as file:
            file.prefetch()
            print("sftp", sftp.stat(folder + "/renamed").st_size, file.read() == data)

    channel = transport.open_session()
    channel.get_pty("vt100", 101, 33)
    channel.exec_command("stty -echo; stty size; read x; stty size")
    first = read_until(channel, b"\n").strip().decode()
    channel.resize_pty(120, 40)
    channel.sendall(b"\n")
    print("terminal", first, "then", read_until(channel, b"\n").strip().decode())

    channel = transport.open_channel("direct-tcpip", ("127.0.0.1", int(echo_port)), ("127.0.0.1", 9))
    print("direct-tcpip", exchange(channel, data))

    far = transport.request_port_forward("127.0.0.1", 0)
    connection = socket.create_connection(("127.0.0.1", far))
    accepted = transport.accept(20)
    connection.sendall(b"hello")
    connection.shutdown(socket.SHUT_WR)
    print("forwarded-tcpip", accepted.recv(100) == b"hello" and accepted.recv(100) == b"")
    accepted.close()
    connection.close()
    transport.cancel_port_forward("127.0.0.1", far)
    print("done")
