"""vivid's HDMI-CEC adapter: it is there, and the service may use it"""

ORDER = 6
SHORT = False
FROM = "installed"
LIMIT = 120


def run(guest, checks):
    guest.load("vivid")
    adapters = guest.get("stat -c '%n %a %G' /dev/cec*").splitlines()
    checks.check("the kernel has an adapter", len(adapters) > 0, adapters)
    checks.check("the group of the devices may use it", all(
        adapter.endswith("660 video") for adapter in adapters), adapters)
