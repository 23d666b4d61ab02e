public import JSON

extension RoomState {
    public struct Microphone: Hashable, Sendable {
        /// `muted`: open and sending silence; `off`: none configured. Between meetings it is `muted`.
        public enum Condition: String, CaseIterable, Sendable { case live, muted, lost, off }
        public enum Muter: String, CaseIterable, Sendable { case `self`, host, hardware }

        public var enabled: Bool
        public var state: Condition
        public var mutedBy: Muter?
        public var device: String?
        public var channels: Int
        /// dBFS, −127…0.
        public var level: Double

        public init(
            enabled: Bool = false, state: Condition = .off, mutedBy: Muter? = nil, device: String? = nil,
            channels: Int = 0, level: Double = -127
        ) {
            self.enabled = enabled
            self.state = state
            self.mutedBy = mutedBy
            self.device = device
            self.channels = channels
            self.level = level
        }

        var json: JSONValue {
            [
                "enabled": .bool(enabled), "state": .string(state.rawValue), "mutedBy": .optional(mutedBy?.rawValue),
                "device": .optional(device), "channels": .integer(Int64(channels)), "level": .level(level),
            ]
        }
    }

    /// A video format.
    public struct Format: Hashable, Sendable {
        public var width: Int
        public var height: Int
        public var frameRate: Double
        /// As V4L2 spells it: `YU12`, `YUYV`, `MJPG`.
        public var pixelFormat: String

        public init(width: Int, height: Int, frameRate: Double, pixelFormat: String) {
            self.width = width
            self.height = height
            self.frameRate = frameRate
            self.pixelFormat = pixelFormat
        }

        public var json: JSONValue {
            [
                "width": .integer(Int64(width)), "height": .integer(Int64(height)), "frameRate": .number(frameRate),
                "pixelFormat": .string(pixelFormat),
            ]
        }
    }

    public struct Camera: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable { case live, off, lost }

        public var enabled: Bool
        public var state: Condition
        public var device: String?
        public var format: Format?

        public init(enabled: Bool = false, state: Condition = .off, device: String? = nil, format: Format? = nil) {
            self.enabled = enabled
            self.state = state
            self.device = device
            self.format = format
        }

        var json: JSONValue {
            [
                "enabled": .bool(enabled), "state": .string(state.rawValue), "device": .optional(device),
                "format": format?.json ?? .null,
            ]
        }
    }

    public struct Speaker: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable { case live, off, lost }

        /// Per cent, 0…100.
        public var volume: Int
        public var muted: Bool
        public var state: Condition
        public var device: String?
        /// dBFS, −127…0.
        public var level: Double

        public init(
            volume: Int = 50, muted: Bool = false, state: Condition = .off, device: String? = nil, level: Double = -127
        ) {
            self.volume = volume
            self.muted = muted
            self.state = state
            self.device = device
            self.level = level
        }

        var json: JSONValue {
            [
                "volume": .integer(Int64(volume)), "muted": .bool(muted), "state": .string(state.rawValue),
                "device": .optional(device), "level": .level(level),
            ]
        }
    }

    public enum Layout: String, CaseIterable, Hashable, Sendable { case grid, speaker, content, selfview }

    public struct Display: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable { case on, standby, lost }

        public struct Mode: Hashable, Sendable {
            public var width: Int
            public var height: Int
            /// Hertz.
            public var refresh: Double

            public init(width: Int, height: Int, refresh: Double) {
                self.width = width
                self.height = height
                self.refresh = refresh
            }

            var json: JSONValue {
                ["width": .integer(Int64(width)), "height": .integer(Int64(height)), "refresh": .number(refresh)]
            }
        }

        public var state: Condition
        public var device: String?
        public var mode: Mode?
        public var layout: Layout
        /// The participant held in the large picture.
        public var pinned: String?

        public init(
            state: Condition = .lost, device: String? = nil, mode: Mode? = nil, layout: Layout = .grid,
            pinned: String? = nil
        ) {
            self.state = state
            self.device = device
            self.mode = mode
            self.layout = layout
            self.pinned = pinned
        }

        var json: JSONValue {
            [
                "state": .string(state.rawValue), "device": .optional(device), "mode": mode?.json ?? .null,
                "layout": .string(layout.rawValue), "pinned": .optional(pinned),
            ]
        }
    }

    public struct Content: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable { case idle, signal, lost }

        public var state: Condition
        public var device: String?
        public var format: Format?

        public init(state: Condition = .idle, device: String? = nil, format: Format? = nil) {
            self.state = state
            self.device = device
            self.format = format
        }

        var json: JSONValue {
            ["state": .string(state.rawValue), "device": .optional(device), "format": format?.json ?? .null]
        }
    }
}
