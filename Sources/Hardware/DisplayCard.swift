import CDRM
import Glibc
import Media

/// A graphics card, opened to be looked at and not to be driven.
struct DisplayCard: ~Copyable {
    private let descriptor: Int32
    /// The kernel driver's name: `i915`, `virtio_gpu`.
    let driver: String

    init(path: String) throws(DeviceError) {
        let descriptor = cdrm_open_to_look(path)
        guard descriptor >= 0 else { throw systemError(descriptor, path, expected: "a graphics card") }
        var version: drmVersionPtr?
        let failure = cdrm_version(descriptor, &version)
        guard failure >= 0, let version else {
            cdrm_close(descriptor)
            throw systemError(failure, path, expected: "a graphics card")
        }
        defer { cdrm_free_version(version) }
        driver = version.pointee.name.map { String(cString: $0) } ?? ""
        self.descriptor = descriptor
    }

    deinit { cdrm_close(descriptor) }

    /// Every connector, with or without a monitor; none for a card that only renders.
    func connectors() -> [DisplayConnector] {
        guard let resources = drmModeGetResources(descriptor) else { return [] }
        defer { drmModeFreeResources(resources) }
        var found: [DisplayConnector] = []
        for index in 0..<resources.pointee.count_connectors {
            guard let connector = drmModeGetConnector(descriptor, cdrm_connector_id(resources, index)) else { continue }
            found.append(describe(connector))
            drmModeFreeConnector(connector)
        }
        return found
    }

    private func describe(_ connector: drmModeConnectorPtr) -> DisplayConnector {
        let kind =
            drmModeGetConnectorTypeName(connector.pointee.connector_type).map { String(cString: $0) } ?? "Unknown"
        var described = DisplayConnector(
            name: "\(kind)-\(connector.pointee.connector_type_id)", isConnected: cdrm_is_connected(connector) != 0)
        if let blob = cdrm_connector_blob(descriptor, connector, "EDID") {
            let bytes = UnsafeRawBufferPointer(start: blob.pointee.data, count: Int(blob.pointee.length))
            described.monitor = EDID.label([UInt8](bytes))
            drmModeFreePropertyBlob(blob)
        }
        for index in 0..<connector.pointee.count_modes {
            var (width, height, preferred): (Int32, Int32, Int32) = (0, 0, 0)
            var millihertz: Int64 = 0
            cdrm_mode(connector, index, &width, &height, &millihertz, &preferred)
            guard described.mode == nil || preferred != 0 else { continue }
            described.mode = DisplayMode(width: Int(width), height: Int(height), refresh: Double(millihertz) / 1000)
            if preferred != 0 { break }
        }
        return described
    }
}
