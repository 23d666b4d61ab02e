import Base
import CDRM
import CLinux
import Glibc
import Media

/// A graphics card of this machine, opened to be driven.
final class MachineKMSCard: KMSCard {
    private var descriptor: Int32

    init(path: String) throws(KMSFailure) {
        // Not the object's before all is well: what the object has its end closes, too.
        let opened = cdrm_open_to_drive(path)
        guard opened >= 0 else { throw KMSFailure(call: .open, code: -opened) }
        let buffers = cdrm_has_dumb_buffers(opened)
        guard buffers > 0 else {
            cdrm_close(opened)
            throw KMSFailure(call: .open, code: buffers < 0 ? -buffers : EOPNOTSUPP)
        }
        descriptor = opened
    }

    deinit { close() }

    var isMaster: Bool { cdrm_is_master(descriptor) != 0 }

    func enableAtomic() throws(KMSFailure) {
        try check(cdrm_enable_atomic(descriptor), .enableAtomic)
    }

    func objects() throws(KMSFailure) -> KMSObjects {
        guard let resources = drmModeGetResources(descriptor) else { throw failure(.listObjects) }
        defer { drmModeFreeResources(resources) }
        return KMSObjects(
            connectors: (0..<resources.pointee.count_connectors).map { cdrm_connector_id(resources, $0) },
            crtcs: (0..<resources.pointee.count_crtcs).map { cdrm_crtc_id(resources, $0) })
    }

    func connector(_ id: UInt32, isProbing: Bool) throws(KMSFailure) -> KMSConnector {
        let found = isProbing ? drmModeGetConnector(descriptor, id) : drmModeGetConnectorCurrent(descriptor, id)
        guard let connector = found else { throw failure(.readConnector) }
        defer { drmModeFreeConnector(connector) }
        let kind =
            drmModeGetConnectorTypeName(connector.pointee.connector_type).map { String(cString: $0) } ?? "Unknown"
        return KMSConnector(
            id: id, name: "\(kind)-\(connector.pointee.connector_type_id)",
            isConnected: cdrm_is_connected(connector) != 0,
            possibleCRTCs: cdrm_possible_crtcs(descriptor, connector),
            modes: (0..<connector.pointee.count_modes).map { Self.mode(connector, $0) })
    }

    private static func mode(_ connector: drmModeConnectorPtr, _ index: Int32) -> KMSMode {
        var (width, height, preferred): (Int32, Int32, Int32) = (0, 0, 0)
        var millihertz: Int64 = 0
        cdrm_mode(connector, index, &width, &height, &millihertz, &preferred)
        var isSpecial = false
        let timing = [UInt8](unsafeUninitializedCapacity: Int(cdrm_timing_size)) { bytes, count in
            isSpecial = cdrm_timing(connector, index, bytes.baseAddress) != 0
            count = Int(cdrm_timing_size)
        }
        return KMSMode(
            width: Int(width), height: Int(height), millihertz: millihertz, isPreferred: preferred != 0,
            isSpecial: isSpecial, timing: timing)
    }

    func planes() throws(KMSFailure) -> [KMSPlane] {
        guard let resources = drmModeGetPlaneResources(descriptor) else { throw failure(.listPlanes) }
        defer { drmModeFreePlaneResources(resources) }
        return (0..<resources.pointee.count_planes).compactMap { index in
            guard let plane = drmModeGetPlane(descriptor, cdrm_plane_id(resources, index)) else { return nil }
            defer { drmModeFreePlane(plane) }
            return KMSPlane(
                id: plane.pointee.plane_id, possibleCRTCs: plane.pointee.possible_crtcs,
                showsXRGB: cdrm_plane_shows_xrgb(plane) != 0)
        }
    }

    func properties(of id: UInt32, kind: KMSObjectKind) throws(KMSFailure) -> KMSProperties {
        let type =
            switch kind {
            case .connector: cdrm_object_connector
            case .crtc: cdrm_object_crtc
            case .plane: cdrm_object_plane
            }
        guard let list = drmModeObjectGetProperties(descriptor, id, type) else { throw failure(.readProperties) }
        defer { drmModeFreeObjectProperties(list) }
        var byName: [String: KMSProperties.Property] = [:]
        for index in 0..<list.pointee.count_props {
            let property = cdrm_property_id(list, index)
            let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(DRM_PROP_NAME_LEN)) { text in
                cdrm_property_name(descriptor, property, text.baseAddress) == 0
                    ? String(cString: text.baseAddress!) : nil
            }
            guard let name else { throw failure(.readProperties) }
            byName[name] = KMSProperties.Property(id: property, value: cdrm_property_value(list, index))
        }
        return KMSProperties(object: id, byName)
    }

    func blob(_ id: UInt32) throws(KMSFailure) -> [UInt8] {
        guard let blob = drmModeGetPropertyBlob(descriptor, id) else { throw failure(.readBlob) }
        defer { drmModeFreePropertyBlob(blob) }
        return [UInt8](UnsafeRawBufferPointer(start: blob.pointee.data, count: Int(blob.pointee.length)))
    }

    func createBlob(_ bytes: RawSpan) throws(KMSFailure) -> UInt32 {
        var id: UInt32 = 0
        let result = bytes.withUnsafeBytes { cdrm_create_blob(descriptor, $0.baseAddress, $0.count, &id) }
        try check(result, .createBlob)
        return id
    }

    func destroyBlob(_ id: UInt32) { _ = cdrm_destroy_blob(descriptor, id) }

    func createBuffer(width: Int, height: Int) throws(KMSFailure) -> KMSBufferHandle {
        var (handle, stride): (UInt32, UInt32) = (0, 0)
        var size: UInt64 = 0
        try check(
            cdrm_create_buffer(descriptor, UInt32(width), UInt32(height), &handle, &stride, &size), .createBuffer)
        return KMSBufferHandle(handle: handle, stride: Int(stride), size: Int(size))
    }

    func destroyBuffer(_ handle: UInt32) { _ = cdrm_destroy_buffer(descriptor, handle) }

    func map(_ buffer: KMSBufferHandle) throws(KMSFailure) -> UnsafeMutableRawPointer {
        var pixels: UnsafeMutableRawPointer?
        try check(cdrm_map_buffer(descriptor, buffer.handle, UInt64(buffer.size), &pixels), .mapBuffer)
        return pixels!
    }

    func unmap(_ pixels: UnsafeMutableRawPointer, size: Int) { _ = cdrm_unmap_buffer(pixels, UInt64(size)) }

    func addFramebuffer(_ buffer: KMSBufferHandle, width: Int, height: Int) throws(KMSFailure) -> UInt32 {
        var id: UInt32 = 0
        try check(
            cdrm_add_framebuffer(
                descriptor, UInt32(width), UInt32(height), buffer.handle, UInt32(buffer.stride), &id),
            .addFramebuffer)
        return id
    }

    func removeFramebuffer(_ id: UInt32, isStaying: Bool) {
        if isStaying, cdrm_close_framebuffer(descriptor, id) == 0 { return }
        _ = cdrm_remove_framebuffer(descriptor, id)
    }

    func commit(_ settings: [KMSSetting], _ kind: KMSCommit, token: UInt64) throws(KMSFailure) {
        let flags =
            switch kind {
            case .test: cdrm_commit_test | cdrm_commit_modeset
            case .modeset: cdrm_commit_modeset
            case .flip: cdrm_commit_nonblocking | cdrm_commit_event
            case .flipAndWait: UInt32(0)
            }
        let result = withUnsafeTemporaryAllocation(of: cdrm_setting.self, capacity: settings.count) { list in
            for (index, setting) in settings.enumerated() {
                list.initializeElement(
                    at: index,
                    to: cdrm_setting(object: setting.object, property: setting.property, value: setting.value))
            }
            return cdrm_commit(descriptor, list.baseAddress, Int32(list.count), flags, token)
        }
        try check(result, .commit)
    }

    func readFlips(into flips: UnsafeMutableBufferPointer<KMSFlip>) throws(KMSFailure) -> Int {
        let count = withUnsafeTemporaryAllocation(of: cdrm_flip.self, capacity: flips.count) { list in
            let count = cdrm_read_flips(descriptor, list.baseAddress, Int32(list.count))
            for index in 0..<max(0, Int(count)) {
                let time = list[index].nanoseconds
                flips.initializeElement(
                    at: index,
                    to: KMSFlip(
                        token: list[index].token, time: time > 0 ? Instant(nanoseconds: time) : nil))
            }
            return count
        }
        try check(count, .readFlips)
        return Int(count)
    }

    func wait(until instant: Instant, signal: EventSignal) throws(KMSFailure) -> DeviceWake {
        let result = clinux_wait_for_device(descriptor, signal.fileDescriptor, instant.nanoseconds)
        try check(result, .wait)
        guard result == 2 else { return result == 1 ? .readable : .timedOut }
        signal.drain()
        return .signalled
    }

    func dropMaster() { _ = cdrm_drop_master(descriptor) }

    func close() {
        guard descriptor >= 0 else { return }
        cdrm_close(descriptor)
        descriptor = -1
    }

    private func check(_ result: Int32, _ call: KMSFailure.Call) throws(KMSFailure) {
        guard result < 0 else { return }
        throw KMSFailure(call: call, code: -result)
    }

    /// Of a call of libdrm that returns NULL.
    private func failure(_ call: KMSFailure.Call) -> KMSFailure {
        KMSFailure(call: call, code: errno == 0 ? EIO : errno)
    }
}
