// swift-tools-version: 6.2
import PackageDescription

// libFuzzer targets, a package of its own because everything in it is compiled with sanitizers. Its sources are links to
// those of the product. `Fuzz/run.sh` builds and runs them.
let bytes: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]),
]
let linked: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]

let package = Package(
    name: "fuzz",
    targets: [
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(name: "CDICOMTables"),
        .target(name: "CTextTables"),
        .target(name: "DICOMCore", swiftSettings: bytes),
        .target(name: "DICOMDictionary", dependencies: ["CDICOMTables", "DICOMCore"], swiftSettings: bytes),
        .target(
            name: "DICOMEncoding", dependencies: ["CTextTables", "DICOMCore", "DICOMDictionary"], swiftSettings: bytes),
        .target(
            name: "DICOMFile", dependencies: ["CZlib", "DICOMCore", "DICOMDictionary", "DICOMEncoding"],
            swiftSettings: bytes),
        .target(name: "FuzzDriver", swiftSettings: bytes),
        .executableTarget(
            name: "FuzzReader", dependencies: ["DICOMCore", "DICOMEncoding", "DICOMFile", "FuzzDriver"],
            swiftSettings: bytes,
            linkerSettings: linked),
        .executableTarget(
            name: "FuzzEdit", dependencies: ["DICOMCore", "DICOMEncoding", "DICOMFile", "FuzzDriver"],
            swiftSettings: bytes,
            linkerSettings: linked),
        // What has no I/O in it.
        .target(
            name: "DICOMNetwork", dependencies: ["DICOMCore", "DICOMDictionary"], exclude: ["Connection", "Services"],
            swiftSettings: bytes),
        .executableTarget(
            name: "FuzzAssociation", dependencies: ["DICOMNetwork", "FuzzDriver"], swiftSettings: bytes,
            linkerSettings: linked),
        // Multipart bodies, header fields and JSON.
        .executableTarget(
            name: "FuzzMultipart", dependencies: ["FuzzDriver"], swiftSettings: bytes, linkerSettings: linked),
        // Of Host the one thing that HL7's times need; without sockets.
        .target(name: "Host", path: "Sources/Host", sources: ["Instant.swift"]),
        .target(
            name: "HealthLevelSeven", dependencies: ["DICOMCore", "DICOMEncoding", "Host"],
            exclude: [
                "MLLP/MLLPClient.swift", "MLLP/MLLPConnection.swift", "MLLP/MLLPServer.swift",
                "MLLP/MLLPSettings.swift",
                "MLLP/MessageReceiver.swift",
            ],
            swiftSettings: bytes),
        .executableTarget(
            name: "FuzzMessage", dependencies: ["FuzzDriver", "HealthLevelSeven", "Host"], swiftSettings: bytes,
            linkerSettings: linked),
        .executableTarget(
            name: "FuzzVideo", dependencies: ["DICOMFile", "FuzzDriver"], swiftSettings: bytes, linkerSettings: linked),
    ],
    swiftLanguageModes: [.v6])
