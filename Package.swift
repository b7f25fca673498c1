// swift-tools-version: 6.2
import PackageDescription

// Every target of ours: warnings are errors, arrows are checked (`make build` passes the import check).
let house: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Targets that touch bytes, C or mapped memory.
let bytes: [SwiftSetting] = house + [.strictMemorySafety(), .enableExperimentalFeature("Lifetimes")]

let package = Package(
    name: "cordon",
    products: [
        .executable(name: "cordon", targets: ["cordon"]),
        .executable(name: "cordon-codec", targets: ["cordon-codec"]),
        .executable(name: "cordon-ocr", targets: ["cordon-ocr"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        // Others' C libraries, each behind a module map or a shim of a few lines.
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // What the kernel knows of its clock.
        .systemLibrary(name: "CTimex"),
        // How much of what was freed glibc keeps.
        .systemLibrary(name: "CMalloc"),
        // Calls of Linux that Swift's Glibc leaves out.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CLibZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        // Hashed passcodes, as other programs write them.
        .systemLibrary(name: "CCrypt"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // Codecs and what a process locks itself in with; `cordon-codec` alone links them (docs/pixels.md).
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "COpenJPEG", pkgConfig: "libopenjp2", providers: [.apt(["libopenjp2-7-dev"])]),
        .systemLibrary(name: "CCharLS", pkgConfig: "charls", providers: [.apt(["libcharls-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        // Recognition of text; `cordon-ocr` alone links it.
        .systemLibrary(name: "CTesseract", pkgConfig: "tesseract", providers: [.apt(["libtesseract-dev"])]),
        .systemLibrary(name: "CLeptonica", pkgConfig: "lept", providers: [.apt(["libleptonica-dev"])]),
        .target(name: "CWorker", dependencies: ["CSeccomp"]),
        .executableTarget(
            name: "cordon-codec", dependencies: ["CWorker", "CJPEG", "COpenJPEG", "CCharLS"],
            linkerSettings: ["gdcmjpeg8", "gdcmjpeg12", "gdcmjpeg16"].map { .linkedLibrary($0) }),
        .executableTarget(name: "cordon-ocr", dependencies: ["CWorker", "CTesseract", "CLeptonica"]),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("stdc++")]),

        // Generated tables of the standard, as constant C arrays: nothing is parsed or built at run time.
        .target(name: "CDICOMTables"),
        // Coded character sets and Unicode normalisation, generated the same way (docs/dependencies.md says why not iconv).
        .target(name: "CTextTables"),

        .target(name: "DICOMCore", swiftSettings: bytes),
        .target(name: "DICOMDictionary", dependencies: ["CDICOMTables", "DICOMCore"], swiftSettings: bytes),
        .target(
            name: "DICOMEncoding", dependencies: ["CTextTables", "DICOMCore", "DICOMDictionary"], swiftSettings: bytes),
        .target(
            name: "DICOMFile", dependencies: ["CZlib", "DICOMCore", "DICOMDictionary", "DICOMEncoding"],
            swiftSettings: bytes),
        .target(
            name: "Host", dependencies: ["CLinux", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: house),
        .target(
            name: "Inputs",
            dependencies: [
                "CLibZip", "Host", "DICOMCore", "DICOMEncoding", "DICOMFile",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .target(
            name: "RuleLanguage",
            dependencies: [
                "CLibXML2", "CRE2", "DICOMCore", "DICOMDictionary",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            resources: [.embedInCode("../../Schemas/rules.xsd")],
            swiftSettings: bytes),
        // Other tools' scripts as rule sets, with what could not be carried over.
        .target(
            name: "RuleImport", dependencies: ["DICOMCore", "DICOMDictionary", "RuleLanguage"], swiftSettings: house),
        .target(
            name: "RuleEngine",
            dependencies: ["DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "RuleLanguage"],
            swiftSettings: house),
        // What can be said of rule sets without data: proofs, examples, differences.
        .target(
            name: "RuleAnalysis",
            dependencies: [
                "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "RuleLanguage", "RuleEngine",
            ],
            swiftSettings: house),
        .target(name: "CMSEnvelope", dependencies: ["COpenSSL"], swiftSettings: bytes),
        .target(
            name: "Deidentification",
            dependencies: [
                "CMSEnvelope", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "RuleLanguage",
                "RuleEngine",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        // Regions and text in pixels, through codecs and recognition in processes of their own.
        .target(
            name: "PixelCleaning",
            dependencies: [
                "CZlib", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "Deidentification", "Host",
                "RuleEngine", "RuleLanguage",
            ],
            swiftSettings: bytes),
        // Rule sets as one signed file; rule files in canonical form.
        .target(
            name: "RuleBundle",
            dependencies: ["Host", "RuleLanguage", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: house),
        .target(name: "RuleFormat", dependencies: ["RuleLanguage"], swiftSettings: house),
        // Tests of rule sets: what they cover, and which mutants they notice.
        .target(
            name: "RuleTesting",
            dependencies: [
                "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "Host", "RuleAnalysis", "RuleLanguage",
                "RuleEngine", "Deidentification",
            ],
            resources: [.embedInCode("../../Schemas/rule-tests.xsd")],
            swiftSettings: house),
        .target(
            name: "Gatekeeper",
            dependencies: [
                "CMSEnvelope", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "DigitalSignatures",
                "Host",
                "Inputs", "PixelCleaning", "Registry", "RuleAnalysis", "RuleLanguage", "RuleEngine", "Deidentification",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        // Looks for what should be gone. It shares no code with what took it out.
        .target(
            name: "Verification",
            dependencies: ["CZlib", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "Host", "Inputs"],
            swiftSettings: house),

        // What is remembered, held and proved.
        .target(name: "Transport", dependencies: ["COpenSSL", "Host"], swiftSettings: bytes),
        // Associations and DIMSE. It moves data sets as bytes and decides nothing.
        .target(
            name: "DICOMNetwork",
            dependencies: [
                "DICOMCore", "DICOMDictionary", "DICOMEncoding", "Host",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: house),
        // What is said of persons elsewhere: HL7 v2 over MLLP, FHIR. It has no policy.
        .target(
            name: "HealthLevelSeven",
            dependencies: [
                "DICOMCore", "DICOMEncoding", "Host",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: house),
        // DICOMweb: encodings of PS3.18, a server and a client. It decides nothing.
        .target(
            name: "DICOMWeb",
            dependencies: [
                "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "Host",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: house),
        .target(
            name: "CustodyLog",
            dependencies: ["COpenSSL", "Host", "Transport", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: house),
        .target(
            name: "KeyObjects",
            dependencies: [
                "DICOMCore", "DICOMEncoding", "DICOMFile", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        // Whether what somebody signed is still as he signed it (PS3.15 Annex C).
        .target(
            name: "DigitalSignatures",
            dependencies: [
                "COpenSSL", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "Host", "KeyObjects",
            ],
            swiftSettings: bytes),
        .target(name: "AuditTrail", dependencies: ["CustodyLog", "Host", "Transport"], swiftSettings: house),
        .target(
            name: "Registry",
            dependencies: [
                "CustodyLog", "DICOMCore", "DICOMFile", "Host", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .target(
            name: "Vault",
            dependencies: [
                "DICOMCore", "DICOMEncoding", "DICOMFile", "Host", "Inputs", "Registry",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .target(
            name: "Production",
            dependencies: [
                "CTimex", "CZlib", "CustodyLog", "DICOMCore", "DICOMEncoding", "DICOMFile", "Deidentification",
                "Gatekeeper", "Host", "Inputs", "Registry", "RuleLanguage", "RuleEngine", "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            resources: [.embedInCode("verify.py")],
            swiftSettings: house),

        // Work that any scheduler gives to many machines, and what they made, published.
        .target(
            name: "Batch",
            dependencies: [
                "CustodyLog", "DICOMFile", "Deidentification", "Gatekeeper", "Host", "Inputs", "Registry", "RuleEngine",
                "RuleLanguage",
            ],
            swiftSettings: house),
        // Who may look at what: the one core that every protocol asks before it answers from an archive. No network.
        .target(
            name: "Access",
            dependencies: [
                "CustodyLog", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "Deidentification",
                "Gatekeeper", "Host", "Inputs", "Registry", "RuleLanguage", "RuleEngine",
            ],
            swiftSettings: house),
        // The service between modalities, archives and research: composes all of the above.
        .target(
            name: "Gateway",
            dependencies: [
                "Access", "AuditTrail", "CCrypt", "CMalloc", "CTimex", "CustodyLog", "DICOMCore", "DICOMDictionary",
                "DICOMEncoding",
                "DICOMFile",
                "DICOMNetwork", "DICOMWeb", "DigitalSignatures", "Deidentification", "Gatekeeper", "HealthLevelSeven",
                "Host",
                "Inputs", "KeyObjects", "Registry",
                "RuleBundle", "RuleEngine", "RuleLanguage", "Transport", "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            resources: [.embedInCode("../../Schemas/gateway.xsd")],
            swiftSettings: house),

        // Pages for the people who decide: who comes in, who may do what, and what they see.
        .target(
            name: "Console",
            dependencies: [
                "COpenSSL", "CustodyLog", "DICOMEncoding", "DICOMFile", "DICOMWeb", "Deidentification", "Gatekeeper",
                "Host",
                "Inputs", "PixelCleaning", "Production", "Registry", "RuleAnalysis", "RuleBundle", "RuleEngine",
                "RuleLanguage", "Vault",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            resources: [.embedInCode("Templates"), .embedInCode("../../Schemas/console.xsd")],
            swiftSettings: house),

        .executableTarget(
            name: "cordon",
            dependencies: [
                "CMSEnvelope", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "DICOMWeb", "Host",
                "Inputs",
                "RuleLanguage", "RuleImport", "RuleEngine", "Deidentification", "Gatekeeper", "PixelCleaning",
                "Verification",
                "CustodyLog",
                "AuditTrail", "DigitalSignatures", "KeyObjects", "Registry", "Transport", "Vault", "Production",
                "Access", "Batch", "Console",
                "Gateway", "HealthLevelSeven", "RuleAnalysis", "RuleBundle", "RuleFormat", "RuleTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),

        // `Benchmarks/README.md` says how to run it.
        .executableTarget(
            name: "rule-benchmark",
            dependencies: ["DICOMCore", "DICOMFile", "RuleAnalysis", "RuleEngine", "RuleLanguage", "TestSupport"],
            path: "Benchmarks/Rules", swiftSettings: house),

        // For our tests and for those of others: data sets in three lines, mutations, marked rule text.
        .target(
            name: "TestSupport", dependencies: ["DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile"],
            swiftSettings: house),
        .testTarget(name: "DICOMCoreTests", dependencies: ["DICOMCore"], swiftSettings: house),
        .testTarget(
            name: "DICOMDictionaryTests", dependencies: ["DICOMDictionary", "DICOMCore"], swiftSettings: house),
        .testTarget(
            name: "DICOMEncodingTests", dependencies: ["DICOMEncoding", "DICOMDictionary", "DICOMCore", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "DICOMFileTests",
            dependencies: ["DICOMFile", "DICOMEncoding", "DICOMDictionary", "DICOMCore", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "RuleLanguageTests", dependencies: ["RuleLanguage", "DICOMCore", "TestSupport"], swiftSettings: house),
        .testTarget(
            name: "RuleImportTests",
            dependencies: [
                "RuleImport", "RuleLanguage", "RuleEngine", "Deidentification", "DICOMFile", "DICOMDictionary",
                "DICOMCore", "CZlib", "TestSupport",
            ],
            swiftSettings: house),
        .testTarget(
            name: "RuleEngineTests",
            dependencies: ["RuleEngine", "RuleLanguage", "DICOMFile", "DICOMEncoding", "DICOMCore", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "RuleTestingTests",
            dependencies: [
                "RuleTesting", "RuleEngine", "RuleLanguage", "DICOMFile", "DICOMCore", "TestSupport", "cordon",
            ],
            swiftSettings: house),
        .testTarget(
            name: "RuleBundleTests",
            dependencies: ["RuleBundle", "RuleLanguage", "DICOMCore", "TestSupport", "cordon"],
            swiftSettings: house),
        .testTarget(
            name: "RuleFormatTests",
            dependencies: [
                "Console", "RuleFormat", "RuleTesting", "RuleLanguage", "Gateway", "TestSupport", "cordon",
            ],
            swiftSettings: house),
        .testTarget(
            name: "RuleAnalysisTests",
            dependencies: [
                "RuleAnalysis", "RuleEngine", "RuleLanguage", "DICOMFile", "DICOMEncoding", "DICOMDictionary",
                "DICOMCore", "TestSupport",
            ],
            swiftSettings: house),
        .testTarget(
            name: "CMSEnvelopeTests", dependencies: ["CMSEnvelope", "TestSupport"], swiftSettings: house),
        .testTarget(
            name: "PixelCleaningTests",
            dependencies: [
                "PixelCleaning", "Deidentification", "RuleEngine", "RuleLanguage", "DICOMFile", "DICOMEncoding",
                "DICOMCore", "TestSupport", "cordon",
            ],
            swiftSettings: house),
        .testTarget(
            name: "DeidentificationTests",
            dependencies: [
                "CMSEnvelope", "Deidentification", "RuleEngine", "RuleLanguage", "DICOMFile", "DICOMEncoding",
                "DICOMDictionary",
                "DICOMCore", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "GatekeeperTests",
            dependencies: [
                "Gatekeeper", "Registry", "CustodyLog", "Host", "Inputs", "Deidentification", "RuleEngine",
                "RuleLanguage", "DICOMFile",
                "DICOMEncoding",
                "DICOMCore", "CLibZip", "TestSupport", "cordon",
            ],
            swiftSettings: house),
        .testTarget(
            name: "BatchTests",
            dependencies: [
                "Batch", "CustodyLog", "DICOMCore", "DICOMEncoding", "DICOMFile", "Deidentification", "Gatekeeper",
                "Host", "Inputs", "Registry", "RuleEngine", "RuleLanguage", "TestSupport", "cordon",
            ],
            swiftSettings: house),
        .testTarget(
            name: "VerificationTests",
            dependencies: [
                "Verification", "Host", "Inputs", "DICOMFile", "DICOMEncoding", "DICOMDictionary", "DICOMCore", "CZlib",
                "CLibZip",
                "TestSupport",
            ],
            swiftSettings: house),
        .testTarget(
            name: "CustodyLogTests",
            dependencies: [
                "CustodyLog", "Host", "Transport", "TestSupport", "cordon",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "AuditTrailTests",
            dependencies: ["AuditTrail", "CLibXML2", "CustodyLog", "Host", "Transport", "TestSupport"],
            exclude: ["audit_message.rng"],
            swiftSettings: house),
        .testTarget(
            name: "KeyObjectsTests", dependencies: ["KeyObjects", "DICOMFile", "DICOMCore", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "RegistryTests",
            dependencies: [
                "Registry", "CustodyLog", "DICOMCore", "Host", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "VaultTests",
            dependencies: [
                "Vault", "Registry", "CustodyLog", "DICOMCore", "DICOMFile", "Host", "Inputs", "TestSupport", "cordon",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "DICOMNetworkTests",
            dependencies: [
                "DICOMNetwork", "DICOMCore", "DICOMDictionary", "Host", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "AccessTests",
            dependencies: [
                "Access", "CustodyLog", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile",
                "Deidentification",
                "Gatekeeper", "Host", "Inputs", "Registry", "RuleEngine", "RuleLanguage", "TestSupport",
            ],
            swiftSettings: house),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Access", "Gateway", "DICOMCore", "DICOMEncoding", "DICOMFile", "DICOMNetwork", "DICOMWeb",
                "Gatekeeper",
                "HealthLevelSeven", "Host", "Registry", "CustodyLog", "RuleBundle", "RuleEngine", "RuleLanguage",
                "Vault", "KeyObjects",
                "TestSupport",
                "cordon",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "DigitalSignaturesTests",
            dependencies: [
                "DigitalSignatures", "Gatekeeper", "RuleEngine", "RuleLanguage", "DICOMCore", "DICOMFile", "Host",
                "KeyObjects", "TestSupport", "cordon",
            ],
            swiftSettings: house),
        .testTarget(
            name: "HealthLevelSevenTests",
            dependencies: [
                "HealthLevelSeven", "Host", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "DICOMWebTests",
            dependencies: [
                "DICOMWeb", "DICOMCore", "DICOMDictionary", "DICOMEncoding", "DICOMFile", "Host", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "CustodyLog", "DICOMCore", "DICOMFile", "DICOMWeb", "Host", "PixelCleaning", "Production",
                "Registry", "RuleBundle", "RuleLanguage", "TestSupport", "Vault", "cordon",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            exclude: ["Browser"],
            swiftSettings: house),
        .testTarget(
            name: "ProductionTests",
            dependencies: [
                "Production", "Vault", "Registry", "CustodyLog", "Gatekeeper", "RuleLanguage", "DICOMFile",
                "DICOMCore", "Host", "TestSupport", "cordon",
            ],
            exclude: ["Python"],
            swiftSettings: house),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
