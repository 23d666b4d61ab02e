import Compositor
import Testing

@Suite struct PlacementTests {
    @Test func pictureOfTheTilesSizeIsNotScaled() {
        let tile = PixelRect(x: 10, y: 20, width: 640, height: 360)
        let placement = PicturePlacement(picture: PixelSize(width: 640, height: 360), tile: tile, fill: .crop)
        #expect(placement.source == PixelRect(x: 0, y: 0, width: 640, height: 360))
        #expect(placement.destination == tile)
    }

    @Test func pictureALittleLargerIsTrimmedInsteadOfScaled() {
        let tile = PixelRect(x: 0, y: 0, width: 634, height: 356)
        let placement = PicturePlacement(picture: PixelSize(width: 640, height: 360), tile: tile, fill: .crop)
        #expect(placement.source == PixelRect(x: 2, y: 2, width: 634, height: 356))
        let double = PicturePlacement(picture: PixelSize(width: 1280, height: 720), tile: tile, fill: .crop)
        #expect(double.source == PixelRect(x: 6, y: 4, width: 1268, height: 712))
        let half = PicturePlacement(picture: PixelSize(width: 320, height: 180), tile: tile, fill: .crop)
        #expect(half.source == PixelRect(x: 0, y: 0, width: 317, height: 178))
    }

    @Test func cropKeepsTheShapeAndFitKeepsThePicture() {
        for picture in [(640, 480), (1280, 720), (720, 1280), (352, 288), (1, 1), (3, 5000), (641, 361)] {
            for tile in [(640, 360), (200, 300), (1600, 900), (2, 2)] {
                let size = PixelSize(width: picture.0, height: picture.1)
                let rect = PixelRect(x: 100, y: 50, width: tile.0, height: tile.1)
                let crop = PicturePlacement(picture: size, tile: rect, fill: .crop)
                #expect(crop.destination == rect)
                #expect(PixelRect(size).contains(crop.source) && !crop.source.isEmpty)
                #expect(crop.source.x.isMultiple(of: 2) && crop.source.y.isMultiple(of: 2))
                let fit = PicturePlacement(picture: size, tile: rect, fill: .fit)
                #expect(fit.source == PixelRect(size))
                #expect(rect.contains(fit.destination) && !fit.destination.isEmpty)
            }
        }
    }

    @Test func uprightPhonesAreNotCut() {
        #expect(PictureFill.suitable(pictureAspect: 9.0 / 16, tileAspect: 16.0 / 9, isScreenShare: false) == .fit)
        #expect(PictureFill.suitable(pictureAspect: 4.0 / 3, tileAspect: 16.0 / 9, isScreenShare: false) == .crop)
        #expect(PictureFill.suitable(pictureAspect: 4.0 / 3, tileAspect: 16.0 / 9, isScreenShare: true) == .fit)
    }
}
