// swift-tools-version: 6.2
import PackageDescription

/// The path of libFuzzer's library, from `tools/fuzz`; nil in every other build.
let fuzzer = Context.environment["ROOMD_FUZZ"]

// The map of the house. A target imports only targets that stand above it; `tools/check` enforces it.
// `pure`: no clock, no I/O, no threads, no `unsafe`. `shell`: everything around the pure core.
let targets: [Target] = [
    // C libraries: module map and shim only.
    system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    system("CSRTP", pkgConfig: "libsrtp2", apt: "libsrtp2-dev"),
    system("COpus", pkgConfig: "opus", apt: "libopus-dev"),
    system("CVPX", pkgConfig: "vpx", apt: "libvpx-dev"),
    system("CSpeexDSP", pkgConfig: "speexdsp", apt: "libspeexdsp-dev"),
    // libwebrtc-audio-processing-dev, which is C++, behind a plain C header.
    cxx("CAudioProcessing"),
    system("CYUV", pkgConfig: nil, apt: "libyuv-dev"),
    system("CPango", pkgConfig: "pangocairo", apt: "libpango1.0-dev"),
    system("CICal", pkgConfig: "libical", apt: "libical-dev"),
    system("CLinux", pkgConfig: nil, apt: "linux-libc-dev"),
    system("CALSA", pkgConfig: "alsa", apt: "libasound2-dev"),
    system("CV4L2", pkgConfig: "libv4l2", apt: "libv4l-dev"),
    system("CDRM", pkgConfig: "libdrm", apt: "libdrm-dev"),
    system("CUdev", pkgConfig: "libudev", apt: "libudev-dev"),
    system("CCEC", pkgConfig: nil, apt: "linux-libc-dev"),

    // The pure core.
    pure("Base"),
    shell("Digests", ["Base", "COpenSSL"]),
    pure("JSON", ["Base"]),
    pure("SDP", ["Base"]),
    pure("RTP", ["Base"]),
    pure("ICE", ["Base", "Digests"]),
    shell("DTLS", ["Base", "Digests", "COpenSSL"]),
    shell("SRTP", ["Base", "CSRTP"]),
    pure("WebRTC", ["Base", "Digests", "SDP", "RTP", "ICE", "DTLS", "SRTP"]),
    pure("Meeting", ["Base"]),
    pure("Janus", ["Base", "JSON", "Meeting"]),
    pure("Scheduling", ["Base"]),
    pure("Metrics", ["Base"]),
    pure("ControlAPI", ["Base", "JSON"]),
    pure("Room", ["Base", "JSON", "Meeting", "Scheduling", "ControlAPI"]),

    // The shell.
    shell("Media", ["Base", "CLinux"]),
    shell("Codecs", ["Base", "Media", "COpus", "CVPX", "CYUV"]),
    shell("AudioPipeline", ["Base", "Media", "Codecs", "CAudioProcessing", "CSpeexDSP"]),
    shell("Compositor", ["Base", "Media", "CYUV", "CPango"]),
    shell("Transport", ["Base", "RTP", "ICE", "WebRTC", "Media", "CLinux", "COpenSSL"]),
    shell("Signaling", ["Base", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, asyncHTTPClient]),
    shell(
        "Conferencing",
        [
            "Base", "Digests", "SDP", "RTP", "ICE", "Meeting", "Janus", "WebRTC", "Media", "Transport", "Signaling",
            logging,
        ]),
    shell("Calendars", ["Base", "Scheduling", "Signaling", "CICal"]),
    shell("Hardware", ["Base", "Media", "CYUV", "CALSA", "CSpeexDSP", "CV4L2", "CDRM", "CCEC", "CUdev", "CLinux"]),
    shell("Simulation", ["Base", "Media", "CYUV", "CSpeexDSP", "CLinux"]),
    shell("ConfigurationFile", ["Base", toml]),
    shell("ControlServer", ["Base", "JSON", "ControlAPI", nioCore, nioPosix, nioHTTP1, "CLinux"]),

    // What is run.
    executable(
        "RoomDaemon",
        [
            "Base", "Digests", "JSON", "RTP", "ICE", "DTLS", "WebRTC", "Meeting", "Scheduling", "Metrics", "ControlAPI",
            "Room", "Media",
            "Codecs", "AudioPipeline", "Compositor", "Transport", "Signaling", "Conferencing", "Calendars",
            "Hardware", "Simulation", "ConfigurationFile", "ControlServer", logging, serviceLifecycle, unixSignals,
            argumentParser, "CLinux",
        ]),
    executable("RoomControl", ["Base", "JSON", "ControlAPI", argumentParser, "CLinux"]),
    // What `tools/bench compose` measures.
    executable("ComposeBench", ["Base", "JSON", "Media", "Compositor", argumentParser]),
    // What `tools/bench echo` measures.
    executable("EchoBench", ["Media", "AudioPipeline", argumentParser]),

    // What tests of several targets use.
    system("CTestSupport", pkgConfig: nil, apt: "linux-libc-dev", path: "Tests/CTestSupport"),
    shell("TestSupport", ["CTestSupport"], path: "Tests/TestSupport"),
    tests("Base"),
    tests("Digests", ["Base"]),
    tests("JSON", ["Base"]),
    tests("SDP", ["Base"]),
    tests("RTP", ["Base"]),
    tests("ICE", ["Base", "Digests"]),
    tests("DTLS", ["Base"]),
    tests("SRTP", ["Base"]),
    tests("WebRTC", ["Base", "TestSupport", "SDP", "RTP", "ICE", "DTLS", "SRTP", "CTestSupport"]),
    tests("Meeting", ["Base"]),
    tests("Janus", ["Base", "JSON", "Meeting"]),
    tests("Scheduling", ["Base", "TestSupport"]),
    tests("Metrics", ["Base"]),
    tests("ControlAPI", ["Base", "JSON"]),
    tests("Room", ["Base", "TestSupport", "JSON", "Meeting", "Scheduling", "ControlAPI"]),
    tests("Media", ["Base", "CLinux"]),
    tests("Codecs", ["Base", "Media"]),
    tests("AudioPipeline", ["Base", "TestSupport", "Media", "Codecs", "COpus", "CTestSupport"]),
    tests("Compositor", ["Base", "Media"]),
    tests("Transport", ["Base", "ICE", "DTLS", "SDP", "RTP", "WebRTC", "Media", "CLinux"]),
    tests("Signaling", ["Base", "TestSupport", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL]),
    tests(
        "Conferencing",
        [
            "Base", "Digests", "JSON", "DTLS", "RTP", "ICE", "Meeting", "Janus", "WebRTC", "Media", "Transport",
            "Signaling", logging,
            nioCore,
            nioPosix, nioHTTP1, nioWebSocket,
        ]),
    tests("Calendars", ["Base", "TestSupport", "Scheduling", "Signaling", nioCore, nioPosix, nioHTTP1]),
    tests("Hardware", ["Base", "TestSupport", "Media", "CTestSupport"]),
    tests("Simulation", ["Base", "TestSupport", "Media", "Codecs"]),
    tests("ConfigurationFile", ["Base", "TestSupport"]),
    tests("ControlServer", ["Base", "TestSupport", "JSON", "ControlAPI", nioCore, nioPosix]),
    tests(
        "RoomDaemon",
        [
            "Base", "TestSupport", "Digests", "ConfigurationFile", "Media", "Codecs", "Simulation", "AudioPipeline",
            "Compositor", "Meeting",
            "Scheduling", "Metrics", "Conferencing", "RTP", "ICE", "DTLS", "WebRTC", "JSON", "ControlAPI",
            "ControlServer", "Transport", "Room", "Hardware", "CLinux", logging,
        ]),
    tests("RoomControl", ["Base", "JSON", "ControlAPI"]),
    // Against peers that others wrote: aiortc, Chrome's engine.
    tests(
        "Interop",
        [
            "Base", "JSON", "Digests", "SDP", "RTP", "DTLS", "WebRTC", "Media", "Codecs", "AudioPipeline", "Transport",
            "Simulation", "CLinux",
        ], path: "Tests/Interop"),
    // What comes from outside, one function a boundary: a regression corpus as tests; with libFuzzer through `tools/fuzz`.
    tests(
        "Fuzz",
        [
            "Base", "Digests", "JSON", "SDP", "RTP", "ICE", "DTLS", "SRTP", "WebRTC", "Meeting", "Janus", "Scheduling",
            "ControlAPI", "Media", "Compositor", "Calendars", "ConfigurationFile", "ControlServer",
        ], path: "Tests/Fuzz"),
]

let package = Package(
    name: "roomd",
    products: [
        .executable(name: "roomd", targets: ["RoomDaemon"]),
        .executable(name: "roomctl", targets: ["RoomControl"]),
        .library(name: "WebRTC", targets: ["WebRTC"]),
        .library(name: "SDP", targets: ["SDP"]),
        .library(name: "RTP", targets: ["RTP"]),
        .library(name: "ICE", targets: ["ICE"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: fuzzer.map { fuzzing(targets, with: $0) } ?? targets,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// MARK: - How a target of each kind is built

func common() -> [SwiftSetting] {
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableExperimentalFeature("Lifetimes"),
        .treatAllWarnings(as: .error),
    ] + (fuzzer == nil ? [] : instrumented())
}

func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: common() + [.strictMemorySafety()])
}

func shell(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: common())
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: common())
}

func system(_ name: String, pkgConfig: String?, apt: String, path: String? = nil) -> Target {
    .systemLibrary(name: name, path: path, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// C++ of our own with a C header. The library's pkg-config file has flags that SwiftPM refuses, with a warning in each
/// build; so here is what it would say.
func cxx(_ name: String) -> Target {
    .target(
        name: name, cxxSettings: [.unsafeFlags(["-isystem", "/usr/include/webrtc_audio_processing"])],
        linkerSettings: [.linkedLibrary("webrtc_audio_processing")])
}

/// - Parameter path: for tests of no one target, where they are.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    let own: [Target.Dependency] = path == nil ? [.byName(name: name)] : []
    return .testTarget(
        name: name + "Tests", dependencies: own + dependencies, path: path, swiftSettings: common())
}

// MARK: - Fuzzing

/// Of all targets, so that libFuzzer sees what an input reaches, and that a release build can be looked into.
func instrumented() -> [SwiftSetting] {
    [.define("FUZZING"), .unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])]
}

/// The boundaries as an executable on libFuzzer instead of the tests.
func fuzzing(_ targets: [Target], with library: String) -> [Target] {
    targets.compactMap { target in
        guard target.type == .test else { return target }
        guard target.name == "FuzzTests" else { return nil }
        return .executableTarget(
            name: "Fuzz", dependencies: target.dependencies, path: target.path,
            swiftSettings: target.swiftSettings.map { $0 + [.enableExperimentalFeature("Extern")] },
            linkerSettings: [.unsafeFlags([library, "-use-ld=lld"]), .linkedLibrary("stdc++")])
    }
}

// MARK: - Products from outside

var nioCore: Target.Dependency { .product(name: "NIOCore", package: "swift-nio") }
var nioPosix: Target.Dependency { .product(name: "NIOPosix", package: "swift-nio") }
var nioHTTP1: Target.Dependency { .product(name: "NIOHTTP1", package: "swift-nio") }
var nioWebSocket: Target.Dependency { .product(name: "NIOWebSocket", package: "swift-nio") }
var nioSSL: Target.Dependency { .product(name: "NIOSSL", package: "swift-nio-ssl") }
var asyncHTTPClient: Target.Dependency { .product(name: "AsyncHTTPClient", package: "async-http-client") }
var argumentParser: Target.Dependency { .product(name: "ArgumentParser", package: "swift-argument-parser") }
var serviceLifecycle: Target.Dependency { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
var unixSignals: Target.Dependency { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
var logging: Target.Dependency { .product(name: "Logging", package: "swift-log") }
var toml: Target.Dependency { .product(name: "TOMLKit", package: "TOMLKit") }
