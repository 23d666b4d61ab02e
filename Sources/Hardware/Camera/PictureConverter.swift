import CYUV
import Media

/// Writes a camera's picture into an I420 frame, straight from the driver's buffer.
///
/// Full-range pictures take a second pass in place: a `VideoFrame` is limited range, and libyuv has no function that
/// does both.
struct PictureConverter: Sendable {
    let format: StreamFormat

    /// - Parameter frame: of the format's size.
    /// - Returns: false when the picture is damaged; the frame is then undefined.
    func convert(_ picture: UnsafeRawBufferPointer, into frame: VideoFrame) -> Bool {
        guard
            picture.count
                >= format.pixelFormat.pictureBytes(width: format.width, height: format.height, stride: format.stride),
            let source = picture.bindMemory(to: UInt8.self).baseAddress
        else { return false }
        guard unpack(source, picture.count, frame) == 0 else { return false }
        if format.isFullRange { RangeCompression.apply(to: frame) }
        return true
    }

    private func unpack(_ source: UnsafePointer<UInt8>, _ count: Int, _ frame: VideoFrame) -> Int32 {
        let width = Int32(format.width)
        let height = Int32(format.height)
        let stride = Int32(format.stride)
        let (y, u, v) = (frame.y, frame.u, frame.v)
        let (strideY, strideUV) = (Int32(frame.strideY), Int32(frame.strideUV))
        let chroma = source + format.stride * format.height
        let chromaStride = (format.stride + 1) / 2
        let chromaSize = chromaStride * ((format.height + 1) / 2)
        switch format.pixelFormat {
        case .yu12:
            return I420Copy(
                source, stride, chroma, Int32(chromaStride), chroma + chromaSize, Int32(chromaStride), y, strideY, u,
                strideUV, v, strideUV, width, height)
        case .yv12:
            return I420Copy(
                source, stride, chroma + chromaSize, Int32(chromaStride), chroma, Int32(chromaStride), y, strideY, u,
                strideUV, v, strideUV, width, height)
        case .nv12:
            return NV12ToI420(
                source, stride, chroma, stride, y, strideY, u, strideUV, v, strideUV, width, height)
        case .nv21:
            return NV21ToI420(
                source, stride, chroma, stride, y, strideY, u, strideUV, v, strideUV, width, height)
        case .yuyv:
            return YUY2ToI420(source, stride, y, strideY, u, strideUV, v, strideUV, width, height)
        case .uyvy:
            return UYVYToI420(source, stride, y, strideY, u, strideUV, v, strideUV, width, height)
        // libyuv names 24-bit formats as words, V4L2 by the order of their bytes.
        case .rgb24:
            return RAWToI420(source, stride, y, strideY, u, strideUV, v, strideUV, width, height)
        case .bgr24:
            return RGB24ToI420(source, stride, y, strideY, u, strideUV, v, strideUV, width, height)
        case .mjpeg, .jpeg:
            guard let length = JPEGPicture.length(UnsafeBufferPointer(start: source, count: count)) else { return -1 }
            return MJPGToI420(
                source, length, y, strideY, u, strideUV, v, strideUV, width, height, width, height)
        }
    }
}
