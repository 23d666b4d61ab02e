/// The first line of a YUV4MPEG2 file (yuv4mpeg(5)): 8-bit 4:2:0, progressive.
public struct Y4MHeader: Hashable, Sendable {
    public var width: Int
    public var height: Int
    public var rate: FrameRate

    /// No header line is longer.
    static let longest = 1024
    /// Every picture starts with this, then parameters that are passed over, then a newline.
    static let frameMagic = "FRAME"

    /// Bytes of one picture: planes without padding.
    public var pictureSize: Int {
        width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2)
    }

    public init(width: Int, height: Int, rate: FrameRate) {
        self.width = width
        self.height = height
        self.rate = rate
    }

    /// Reads the line without its newline.
    /// - Throws: what was expected and what came.
    public init(_ line: String) throws(MediaFileProblem) {
        let fields = line.split(separator: " ")
        guard fields.first == "YUV4MPEG2" else {
            throw MediaFileProblem("expected it to start with YUV4MPEG2; make one with ffmpeg -pix_fmt yuv420p x.y4m")
        }
        var width: Int?
        var height: Int?
        var rate = FrameRate(30)
        for field in fields.dropFirst() {
            let value = field.dropFirst()
            switch field.first {
            case "W": width = Int(value)
            case "H": height = Int(value)
            case "F":
                let parts = value.split(separator: ":")
                rate =
                    parts.count == 2
                    ? Int64(parts[0]).flatMap { numerator in
                        Int64(parts[1]).flatMap { FrameRate(numerator, $0) }
                    } : nil
                guard rate != nil else {
                    throw MediaFileProblem("expected a rate in 1…240 pictures a second, such as F30:1, found \(field)")
                }
            case "I":
                guard value == "p" || value == "?" else {
                    throw MediaFileProblem("expected progressive pictures (Ip), found \(field); deinterlace it first")
                }
            case "C":
                guard ["420", "420jpeg", "420mpeg2", "420paldv"].contains(value) else {
                    throw MediaFileProblem(
                        "expected 8-bit 4:2:0 (C420jpeg), found \(field); convert it with ffmpeg -pix_fmt yuv420p")
                }
            default:
                // A is the aspect of a picture element, X is for applications.
                continue
            }
        }
        guard let width, let height, (16...4096).contains(width), (16...4096).contains(height), let rate else {
            throw MediaFileProblem("expected width and height in 16…4096, such as W1280 H720, found “\(line)”")
        }
        self.init(width: width, height: height, rate: rate)
    }

    /// The line with its newline.
    public var line: String {
        "YUV4MPEG2 W\(width) H\(height) F\(rate.numerator):\(rate.denominator) Ip A1:1 C420jpeg\n"
    }
}
