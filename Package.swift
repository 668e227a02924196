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
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "therock-upload",
    products: [
        .executable(name: "therock-upload", targets: ["therock-upload"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // YAML text -> syntax tree with source marks.
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "MarkedYAML", dependencies: ["CLibYAML"]),

        // Where a run's outputs live: locations, vocabulary, bucket policy. Pure.
        .target(name: "RunOutputs", dependencies: ["MarkedYAML"]),

        // Syntax tree -> typed plan -> validated plan -> operations. Values in, values out: no I/O.
        .target(
            name: "UploadPlanning", dependencies: ["MarkedYAML", "RunOutputs"],
            resources: [.embedInCode("Resources/buckets.yaml"), .embedInCode("Resources/checks.md")]
        ),

        // Disk -> inventory; operations -> backend -> report. Knows one backend: the local directory.
        .target(name: "UploadExecution", dependencies: ["MarkedYAML", "RunOutputs", "UploadPlanning", crypto]),

        // The command line: the only target that reads flags, prints, or exits.
        .executableTarget(
            name: "therock-upload",
            dependencies: [
                "MarkedYAML", "RunOutputs", "UploadPlanning", "UploadExecution", argumentParser, unixSignals,
            ]
        ),

        .target(
            name: "UploadTestSupport", dependencies: ["RunOutputs", "UploadPlanning", "UploadExecution", crypto],
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
            name: "UploadExecutionTests",
            dependencies: ["RunOutputs", "UploadPlanning", "UploadExecution", "UploadTestSupport"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: ["RunOutputs", "therock-upload", "UploadTestSupport"], exclude: ["Fixtures"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = swiftSettings
}
