import LocalFiles
import Testing
import UploadExecution

@Suite("Descriptors")
struct DescriptorLimitTests {
    @Test(
        "Transfers stay below the limit, and one runs in any case",
        arguments: [
            (256, 16_384, 256), (256, 1024, 244), (256, 256, 52), (8, 256, 8), (256, 64, 4), (256, 40, 1), (1, 0, 1),
        ])
    func transfers(_ wanted: Int, _ limit: Int, _ expected: Int) {
        #expect(DescriptorLimit.transfers(wanted, within: limit) == expected)
    }

    @Test("The limit is raised and told")
    func raised() { #expect(DescriptorLimit.raise() == DescriptorLimit.raise() && DescriptorLimit.raise() > 0) }
}
