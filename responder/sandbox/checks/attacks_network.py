"""Ways out over a network, and to the engine's own door."""

from collections.abc import Sequence

from responder.sandbox.checks.model import Check, attack

__all__ = ["NETWORK_ATTACKS"]

NETWORK_ATTACKS: Sequence[Check] = (
    attack(
        "network-tcp",
        "No TCP connection can be begun, not even to this machine.",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    ),
    attack("network-tcp6", "No IPv6 socket exists.", "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)"),
    attack(
        "network-udp",
        "No datagram leaves.",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ),
    attack("network-dns", "No name is resolved.", "return socket.getaddrinfo('example.com', 80)"),
    attack("network-listen", "No port can be listened on.", "socket.socket().bind(('0.0.0.0', 0))"),
    attack("network-raw", "No raw socket exists.", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"),
    attack("network-packet", "No link-layer socket exists.", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
    attack("network-netlink", "The kernel's routing tables cannot be asked.", "socket.socket(socket.AF_NETLINK, 3, 0)"),
    attack("network-vsock", "The hypervisor cannot be reached.", "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)"),
    attack("network-alg", "The kernel's crypto sockets are closed.", "socket.socket(38, socket.SOCK_SEQPACKET)"),
    attack(
        "network-abstract",
        "No abstract socket can be offered to the host's processes.",
        "socket.socket(socket.AF_UNIX).bind('\\0sandbox-check')",
    ),
    attack(
        "network-docker-sock",
        "The engine's socket is not there or cannot be used.",
        """
        s = socket.socket(socket.AF_UNIX)
        s.connect("/var/run/docker.sock")
        """,
    ),
    attack(
        "network-datagram-pair",
        "A socket pair cannot be turned towards a socket of the host.",
        """
        a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        a.connect("/dev/log")
        """,
    ),
    attack(
        "network-interfaces",
        "No network interface is there but the loopback.",
        """
        with open("/proc/self/net/dev") as file:
            names = [line.partition(":")[0].strip() for line in file if ":" in line]
        if not set(names) - {"lo"}:
            raise OSError("only " + str(names))
        return names
        """,
    ),
)
