import RunOutputs
import Testing

@Suite("GPU families")
struct GPUFamiliesTests {
    @Test("The built-in table names targets for each family")
    func builtIn() {
        let table = Layout.builtIn.families.targets
        #expect(table.count == 25)
        for (family, targets) in table {
            #expect(!targets.isEmpty && Set(targets).count == targets.count, "\(family)")
            #expect(targets.allSatisfy { $0.wholeMatch(of: /gfx[0-9]+[a-z]?/) != nil }, "\(family)")
        }
        #expect(table["gfx110X-all"] == ["gfx1100", "gfx1101", "gfx1102", "gfx1103"])
        #expect(table["gfx103X-dgpu"] == ["gfx1030", "gfx1031", "gfx1032", "gfx1034"])
    }

    /// Words, families of artifacts, and whether these are for the word, without a flag that asks for it: deviation 40.
    static let meanings: [(word: String, family: String, isMeant: Bool)] = [
        ("gfx94X-dcgpu", "gfx942", true), ("gfx94X-dcgpu", "gfx942:xnack+", true),
        ("gfx94X-dcgpu", "gfx94X-dcgpu", true), ("gfx94X-dcgpu", "gfx950", false),
        ("gfx94X-dcgpu", "gfx94X-all", false), ("gfx942", "gfx942:xnack-", true), ("gfx942:xnack+", "gfx942", true),
        ("gfx942", "gfx94X-dcgpu", false), ("gfx110X-dgpu", "gfx1103", false), ("gfx110X-all", "gfx1103", true),
        ("gfx1100", "gfx110", false), ("dcgpu-all", "gfx90a", true), ("my-family", "my-family", true),
        ("my-family", "gfx942", false), ("gfx94x-dcgpu", "gfx942", false), ("gfx942", "generic", false),
    ]

    @Test("A family means its targets, and a target its variants", arguments: meanings)
    func meaning(word: String, family: String, isMeant: Bool) throws {
        let artifact = try #require(
            ArtifactName(filename: "rocblas_lib_\(family).tar.zst", Layout.builtIn.artifactNaming))
        #expect(Layout.builtIn.families.isArtifact(artifact, for: word) == isMeant)
    }

    @Test(
        "A word that nothing is for is told, unless its targets belong to a family that is there",
        arguments: [
            (["gfx94X-dcgpu", "gfx942"], ["gfx94X-dcgpu"], []), (["gfx94X-dcgpu", "gfx942"], ["gfx942"], []),
            (["gfx94X-dcgpu", "gfx1100"], ["gfx94X-dcgpu"], ["gfx1100"]),
            (["gfx942", "gfx950"], ["gfx942"], ["gfx950"]), (["gfx942"], ["gfx94X-dcgpu"], ["gfx942"]),
            (["gfx110X-all"], ["gfx1101"], []), ([], ["gfx942"], []), (["gfx942"], ["generic"], ["gfx942"]),
        ] as [([String], [String], [String])])
    func unmatched(words: [String], families: [String], expected: [String]) throws {
        let artifacts = try families.map {
            try #require(ArtifactName(filename: "blas_lib_\($0).tar.zst", Layout.builtIn.artifactNaming))
        }
        #expect(Layout.builtIn.families.unmatched(words, among: artifacts) == expected)
    }
}
