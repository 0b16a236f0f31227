// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// One of our own modules: the same strictness for all of them.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one module, or one of the oracles over all of them.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nio = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "switchyard",
    products: [
        .executable(name: "switchyard", targets: ["switchyard"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        module("NetworkValues"),
        module("Threads"),
        module("ClusterModel", ["NetworkValues", "Threads"]),
        module("Admission", ["ClusterModel", "NetworkValues"]),
        module("ProxyPlanning", ["ClusterModel", "NetworkValues", "Threads"]),
        module("NFTables", ["NetworkValues", "Threads"]),
        module("IPTables", ["NetworkValues"]),
        module(
            "RuleCompilers",
            ["ProxyPlanning", "NFTables", "IPTables", "ClusterModel", "NetworkValues", "Threads", crypto]),
        module("ProxyConfiguration", ["ProxyPlanning", "RuleCompilers", "ClusterModel", "NetworkValues"]),
        module("PacketTracing", ["NFTables", "IPTables", "NetworkValues"]),
        module("NetfilterWire", ["NFTables", "IPTables", "NetworkValues"]),
        .target(name: "CNetfilter", linkerSettings: [.linkedLibrary("mnl")]),
        module("NetfilterKernel", ["NetfilterWire", "CNetfilter", "NFTables", "IPTables", "NetworkValues"]),
        module("ClusterState", ["ClusterModel"]),
        module("Discovery", ["ClusterState", "ClusterModel", "NetworkValues", "Threads"]),
        module("DurableFiles", [systemPackage]),
        module("ZoneFiles", ["DurableFiles", "Discovery", "ClusterState", "ClusterModel", "Threads", systemPackage]),
        module("ObjectPrinting", ["ClusterModel", "NetworkValues", yams]),
        module("ClusterControllers", ["ClusterState", "ClusterModel", "NetworkValues", "Threads"]),
        module("Allocation", ["ClusterState", "ClusterModel", "NetworkValues"]),
        module(
            "StateFiles",
            [
                "Admission", "Allocation", "ClusterState", "ClusterModel", "DurableFiles", "NetworkValues", "Threads",
                systemPackage, yams,
            ]),
        module(
            "ProxyDaemon",
            [
                "ClusterState", "ClusterModel", "ProxyConfiguration", "ProxyPlanning", "RuleCompilers", "NFTables",
                "IPTables",
                "NetfilterWire",
                "NetfilterKernel", "NetworkValues", logging, serviceLifecycle,
            ] + nio),
        .executableTarget(
            name: "switchyard",
            dependencies: [
                "Admission", "ProxyDaemon", "StateFiles", "Allocation", "ClusterState", "ClusterModel",
                "ProxyConfiguration",
                "ProxyPlanning",
                "Discovery", "ZoneFiles", "ClusterControllers", "ObjectPrinting", "RuleCompilers",
                "NFTables", "IPTables",
                "NetfilterKernel", "NetfilterWire", "NetworkValues", argumentParser, logging, serviceLifecycle,
                unixSignals,
                systemPackage,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "SyncBenchmark",
            dependencies: [
                "ProxyDaemon", "ClusterState", "ClusterModel", "ProxyConfiguration", "ProxyPlanning", "RuleCompilers",
                "NFTables", "IPTables",
                "NetfilterKernel", "NetworkValues", "Discovery", "ZoneFiles",
            ],
            path: "Sources/SyncBenchmark", swiftSettings: strict),
        tests("NetworkValuesTests", ["NetworkValues"]),
        tests("StyleTests", []),
        tests(
            "CommandTests",
            [
                "switchyard", "ProxyConfiguration", "ProxyPlanning", "RuleCompilers", "NetworkValues", argumentParser,
                logging,
                systemPackage,
            ]),
        tests(
            "ProxyConfigurationTests",
            ["ProxyConfiguration", "ProxyPlanning", "RuleCompilers", "ClusterModel", "NetworkValues"]),
        tests("ClusterModelTests", ["ClusterModel", "NetworkValues"]),
        tests("AdmissionTests", ["Admission", "ClusterModel", "NetworkValues"], resources: [.copy("Recorded")]),
        tests("ClusterStateTests", ["ClusterState", "ClusterModel"]),
        tests("ObjectPrintingTests", ["ObjectPrinting", "ClusterModel", "NetworkValues"]),
        tests("DiscoveryTests", ["Discovery", "ClusterModel", "NetworkValues", "RuleTesting"]),
        tests("ZoneFilesTests", ["ZoneFiles", "Discovery", "ClusterState", "ClusterModel", "NetworkValues"]),
        tests(
            "ClusterControllersTests", ["ClusterControllers", "ClusterState", "ClusterModel", "NetworkValues"],
            resources: [.copy("Recorded")]),
        tests(
            "AllocationTests", ["Allocation", "ClusterState", "ClusterModel", "NetworkValues"],
            resources: [.copy("Recorded")]),
        tests(
            "StateFilesTests",
            ["StateFiles", "Allocation", "ClusterState", "ClusterModel", "NetworkValues", systemPackage],
            resources: [.copy("Recorded")]),
        tests("NFTablesTests", ["NFTables", "NetworkValues", "RuleTesting"]),
        tests("IPTablesTests", ["IPTables", "NetworkValues"]),
        tests("PacketTracingTests", ["PacketTracing", "NFTables", "NetworkValues"]),
        tests("ProxyPlanningTests", ["ProxyPlanning", "ClusterModel", "NetworkValues"]),
        .target(
            name: "RuleTesting", dependencies: ["NFTables", "IPTables", "ClusterModel", "NetworkValues"],
            path: "Tests/RuleTesting",
            swiftSettings: strict),
        tests(
            "RuleCompilersTests",
            [
                "RuleCompilers", "ProxyPlanning", "ClusterModel", "NFTables", "IPTables", "NetworkValues",
                "RuleTesting",
            ]),
        tests(
            "ProxyDaemonTests",
            [
                "ProxyDaemon", "ProxyConfiguration", "ClusterState", "RuleCompilers", "ProxyPlanning", "ClusterModel",
                "NFTables", "IPTables",
                "NetfilterKernel", "NetfilterWire", "NetworkValues", "RuleTesting", logging, serviceLifecycle, nioCore,
                nioEmbedded,
            ]),
        tests(
            "OracleTests",
            [
                "switchyard", "StateFiles", "ClusterControllers", "ClusterState", "ClusterModel", "ProxyPlanning",
                "RuleCompilers",
                "NFTables", "IPTables",
                "NetfilterKernel", "PacketTracing", "NetworkValues", "TestSupport", "RuleTesting",
                "ProxyDaemon", "ProxyConfiguration", "Discovery", "ZoneFiles",
            ],
            resources: [.copy("Support")]),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        tests("TestSupportTests", ["TestSupport"]),
        tests("NetfilterWireTests", ["NetfilterWire", "NFTables", "IPTables", "NetworkValues"]),
        tests(
            "NetfilterKernelTests",
            [
                "NetfilterKernel", "NetfilterWire", "NFTables", "IPTables", "NetworkValues", "RuleTesting",
                "TestSupport",
            ]),
    ]
)
