import CUdev
import Glibc
import Media

/// The machine's devices through libudev. Works without a running udevd, which then has made no links.
struct DeviceTree: ~Copyable {
    private let context: OpaquePointer

    init() throws(DeviceError) {
        guard let context = udev_new() else {
            throw DeviceError(.failed, "libudev did not start: \(String(cString: strerror(errno)))")
        }
        self.context = context
    }

    deinit { udev_unref(context) }

    /// All devices of a subsystem (`video4linux`, `sound`, `drm`), in the order of their paths. A subsystem that the
    /// kernel does not have is an empty one; a device that vanishes meanwhile is left out.
    func nodes(subsystem: String) throws(DeviceError) -> [DeviceNode] {
        guard let enumeration = udev_enumerate_new(context) else {
            throw DeviceError(.failed, "libudev did not enumerate \(subsystem): \(String(cString: strerror(errno)))")
        }
        defer { udev_enumerate_unref(enumeration) }
        var result = udev_enumerate_add_match_subsystem(enumeration, subsystem)
        if result >= 0 { result = udev_enumerate_scan_devices(enumeration) }
        guard result >= 0 else {
            throw DeviceError(.failed, "libudev did not enumerate \(subsystem): \(String(cString: strerror(-result)))")
        }
        var nodes: [DeviceNode] = []
        var entry = udev_enumerate_get_list_entry(enumeration)
        while let current = entry {
            if let path = udev_list_entry_get_name(current),
                let device = udev_device_new_from_syspath(context, path)
            {
                nodes.append(Self.node(device))
                udev_device_unref(device)
            }
            entry = udev_list_entry_get_next(current)
        }
        return nodes
    }

    private static func node(_ device: OpaquePointer) -> DeviceNode {
        var node = DeviceNode(
            name: string(udev_device_get_sysname(device)) ?? "", path: string(udev_device_get_devnode(device)))
        var entry = udev_device_get_devlinks_list_entry(device)
        while let current = entry {
            if let link = string(udev_list_entry_get_name(current)) { node.links.append(link) }
            entry = udev_list_entry_get_next(current)
        }
        entry = udev_device_get_properties_list_entry(device)
        while let current = entry {
            if let key = string(udev_list_entry_get_name(current)) {
                node.properties[key] = string(udev_list_entry_get_value(current)) ?? ""
            }
            entry = udev_list_entry_get_next(current)
        }
        // Parents belong to the device and go with it.
        var parent = udev_device_get_parent(device)
        while let current = parent {
            if let subsystem = string(udev_device_get_subsystem(current)) { node.ancestors.append(subsystem) }
            parent = udev_device_get_parent(current)
        }
        return node
    }

    private static func string(_ text: UnsafePointer<CChar>?) -> String? {
        text.map { String(cString: $0) }
    }
}
