/// What media did between two looks at their counters, about a second apart.
public struct MediaReport: Hashable, Sendable {
    /// A participant's sound.
    public struct Sound: Hashable, Sendable {
        /// That came.
        public var packets: Int64
        /// Whose numbers are missing.
        public var packetsLost: Int64
        /// What was heard, the invented sound included.
        public var played: Duration
        /// Sound invented because a packet was not there in time.
        public var concealed: Duration

        public init(packets: Int64, packetsLost: Int64, played: Duration, concealed: Duration) {
            self.packets = packets
            self.packetsLost = packetsLost
            self.played = played
            self.concealed = concealed
        }
    }

    /// A participant's camera or screen.
    public struct Picture: Hashable, Sendable {
        /// That came, repetitions included.
        public var packets: Int64
        /// For how long no picture came where the stream's rhythm had one due, whatever the reason.
        public var still: Duration
        /// Of pauses of that kind, by how much the pictures that ended them came late.
        public var late: Duration
        /// Key frames that we had to ask for.
        public var keyFrameRequests: Int64

        public init(packets: Int64, still: Duration, late: Duration, keyFrameRequests: Int64) {
            self.packets = packets
            self.still = still
            self.late = late
            self.keyFrameRequests = keyFrameRequests
        }
    }

    /// Of one participant; nil of what is not received from them.
    public struct Reception: Hashable, Sendable {
        public var sound: Sound?
        public var camera: Picture?
        public var screen: Picture?

        public init(sound: Sound? = nil, camera: Picture? = nil, screen: Picture? = nil) {
            self.sound = sound
            self.camera = camera
            self.screen = screen
        }

        var packets: Int64 { (sound?.packets ?? 0) + (camera?.packets ?? 0) + (screen?.packets ?? 0) }
    }

    /// What the service reports of what the room sends.
    public struct Sending: Hashable, Sendable {
        public var packets: Int64
        /// Before any repair.
        public var packetsLost: Int64
        /// nil: not known.
        public var roundTrip: Duration?

        public init(packets: Int64, packetsLost: Int64, roundTrip: Duration?) {
            self.packets = packets
            self.packetsLost = packetsLost
            self.roundTrip = roundTrip
        }
    }

    /// Between the two looks.
    public var length: Duration
    public var received: [ParticipantID: Reception]
    /// Datagrams of any kind on the connection that carries what is received.
    public var datagrams: Int64
    /// nil while nothing is sent.
    public var sending: Sending?

    public init(
        length: Duration, received: [ParticipantID: Reception] = [:], datagrams: Int64 = 0, sending: Sending? = nil
    ) {
        self.length = length
        self.received = received
        self.datagrams = datagrams
        self.sending = sending
    }
}
