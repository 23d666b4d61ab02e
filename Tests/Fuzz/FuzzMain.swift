#if FUZZING
    import Glibc

    /// Of libFuzzer's library without a `main`.
    @_extern(c, "LLVMFuzzerRunDriver")
    func runFuzzer(
        _ argumentCount: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
        _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    /// `Fuzz BOUNDARY [argument of libFuzzer…]`; without arguments the boundaries, each with its longest input.
    @main enum FuzzMain {
        nonisolated(unsafe) private static var boundary = Boundary.text

        static func main() {
            guard CommandLine.argc > 1 else {
                for boundary in Boundary.allCases { print(boundary.rawValue, boundary.longestInput) }
                return
            }
            guard let name = CommandLine.unsafeArgv[1], let chosen = Boundary(rawValue: String(cString: name)) else {
                print("expected one of: \(Boundary.allCases.map(\.rawValue).joined(separator: " "))")
                exit(2)
            }
            boundary = chosen
            // libFuzzer takes what comes after the name of the program.
            var count = CommandLine.argc - 1
            var arguments = CommandLine.unsafeArgv + 1
            exit(
                runFuzzer(&count, &arguments) { data, size in
                    do {
                        try FuzzMain.boundary.take(Array(UnsafeBufferPointer(start: data, count: size)))
                    } catch {
                        fatalError("\(FuzzMain.boundary.rawValue): \(error)")
                    }
                    return 0
                })
        }
    }
#endif
