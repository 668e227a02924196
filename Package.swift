// swift-tools-version: 6.2
import PackageDescription

/// One list for every Swift target, so that no target drifts into weaker checking.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

/// The parts of swift-nio that targets name.
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOTLS", package: "swift-nio"),
]

let package = Package(
    name: "therock-upload",
    products: [
        .executable(name: "therock-upload", targets: ["therock-upload"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
    ],
    targets: [
        // YAML text -> syntax tree with source marks.
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "MarkedYAML", dependencies: ["CLibYAML"]),

        // Where a run's outputs live: locations, vocabulary, bucket policy. Pure.
        .target(
            name: "RunOutputs", dependencies: ["MarkedYAML"],
            resources: [.embedInCode("Resources/layout.yaml"), .embedInCode("Resources/layout.tree")]
        ),

        // Syntax tree -> typed plan -> validated plan -> operations. Values in, values out: no I/O.
        .target(
            name: "UploadPlanning", dependencies: ["MarkedYAML", "RunOutputs"],
            resources: [
                .embedInCode("Resources/buckets.yaml"), .embedInCode("Resources/buckets.tree"),
                .embedInCode("Resources/checks.md"), .embedInCode("Resources/plan-page.html"),
            ]
        ),

        // Descriptors, paths, directories and small files: what the system is asked about files.
        .target(name: "LocalFiles", dependencies: ["CProcess", system]),

        // What becomes of runs after their upload: retention, usage, comparison, shards, batches. Pure.
        .target(name: "RunLifetime", dependencies: ["MarkedYAML", "RunOutputs", "UploadPlanning"]),

        // Disk -> inventory; operations -> backend -> report. Knows one backend: the local directory.
        .systemLibrary(name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(
            name: "UploadExecution",
            dependencies: [
                "CLibArchive", "CZlib", "LocalFiles", "MarkedYAML", "RunOutputs", "UploadPlanning", "RunLifetime",
                crypto, system,
            ]
        ),

        // HTTP connections, TLS and proxies, for the two targets that speak to a service.
        .target(name: "HTTPConnections", dependencies: nio + [system]),

        // The S3 backend: the only target that speaks to S3.
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "UploadS3",
            dependencies: [
                "CDeflate", "CExpat", "CZlib", "HTTPConnections", "LocalFiles", "RunOutputs", "UploadPlanning",
                "RunLifetime",
                "UploadExecution", crypto, subprocess,
            ] + nio
        ),

        // What a job of GitHub Actions knows and shows: event, summary, outputs, annotations, runs.
        .target(
            name: "GitHubActions",
            dependencies: ["HTTPConnections", "LocalFiles", "MarkedYAML", "RunOutputs", "UploadPlanning"] + nio
        ),

        // What the program was built from, which is filled in when it is linked.
        .target(name: "CBuildRecord"),

        // What Swift cannot ask the system for: the arguments where there is no /proc, the end of memory, openat2.
        .target(name: "CProcess"),

        // The command line: the only target that reads flags, prints, or exits.
        .target(
            name: "Commands",
            dependencies: [
                "CBuildRecord", "CDeflate", "CExpat", "CLibArchive", "CLibYAML", "CProcess", "CZlib", "LocalFiles",
                "MarkedYAML", "RunOutputs", "UploadPlanning", "RunLifetime", "UploadExecution", "UploadS3",
                "GitHubActions",
                argumentParser, subprocess, system, unixSignals,
            ],
            resources: [.embedInCode("VERSION")]
        ),
        .executableTarget(name: "therock-upload", dependencies: ["Commands"]),

        .target(
            name: "UploadTestSupport",
            dependencies: ["RunOutputs", "UploadPlanning", "UploadExecution", crypto, subprocess, system] + nio,
            path: "Tests/UploadTestSupport"
        ),
        .testTarget(name: "MarkedYAMLTests", dependencies: ["MarkedYAML", "UploadTestSupport"]),
        .testTarget(
            name: "RunOutputsTests", dependencies: ["MarkedYAML", "RunOutputs", "UploadPlanning", "UploadTestSupport"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "UploadPlanningTests",
            dependencies: ["MarkedYAML", "RunOutputs", "UploadPlanning", "UploadTestSupport"], exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "RunLifetimeTests",
            dependencies: ["MarkedYAML", "RunOutputs", "UploadPlanning", "RunLifetime", "UploadTestSupport"]
        ),
        .testTarget(
            name: "UploadExecutionTests",
            dependencies: [
                "LocalFiles", "RunOutputs", "UploadPlanning", "RunLifetime", "UploadExecution", "UploadTestSupport",
                system,
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "HTTPConnectionsTests", dependencies: ["HTTPConnections", "UploadTestSupport"] + nio),
        .testTarget(
            name: "UploadS3Tests",
            dependencies: [
                "HTTPConnections", "RunOutputs", "UploadPlanning", "RunLifetime", "UploadExecution", "UploadS3",
                "UploadTestSupport", crypto,
            ] + nio, exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "GitHubActionsTests",
            dependencies: [
                "GitHubActions", "HTTPConnections", "MarkedYAML", "RunOutputs", "UploadPlanning", "UploadTestSupport",
            ] + nio
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "Commands", "LocalFiles", "MarkedYAML", "RunOutputs", "UploadPlanning", "therock-upload",
                "UploadTestSupport", crypto, system,
            ] + nio, exclude: ["Fixtures"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = swiftSettings
    // What runs once is to be small: a release has at most 30 MB.
    if ["Commands", "GitHubActions", "RunLifetime"].contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-Osize"], .when(configuration: .release)))
    }
}
