import RunLifetime
import RunOutputs
import Testing
import UploadPlanning

@Suite("Lifecycle rules for what layouts retain")
struct LifecycleTests {
    /// A rule as a bucket would hold it.
    private static func rule(
        _ id: String, days: Int? = 30, tags: [String: String] = [:], isEnabled: Bool = true, isOtherwise: Bool = false
    ) -> BucketRule {
        BucketRule(id: id, xml: "<\(id)>", isEnabled: isEnabled, tags: tags, days: days, isOtherwise: isOtherwise)
    }

    private static let right = rule("therock-retain-30d", tags: ["therock:retain": "30d"])
    private static let own = rule("own", days: 3)

    @Test("Rules are made for what ends, each once, the shortest first")
    func wanted() {
        let comparison = LifecycleComparison([.days(30), .forever, .days(7), .days(30)], with: [])
        #expect(comparison.entries.map(\.id) == ["therock-retain-7d", "therock-retain-30d"])
        #expect(comparison.entries.allSatisfy { $0.state == .missing })
        #expect(
            comparison.rules(pruning: false).first
                == "<Rule><Expiration><Days>7</Days></Expiration><ID>therock-retain-7d</ID><Filter><Tag>"
                + "<Key>therock:retain</Key><Value>7d</Value></Tag></Filter><Status>Enabled</Status></Rule>")
    }

    @Test(
        "A rule of ours that does something else is replaced where it is",
        arguments: [
            rule("therock-retain-30d", days: 60, tags: ["therock:retain": "30d"]),
            rule("therock-retain-30d", days: nil, tags: ["therock:retain": "30d"]),
            rule("therock-retain-30d", tags: ["therock:retain": "31d"]), rule("therock-retain-30d"),
            rule("therock-retain-30d", tags: ["therock:retain": "30d", "other": "1"]),
            rule("therock-retain-30d", tags: ["therock:retain": "30d"], isEnabled: false),
            rule("therock-retain-30d", tags: ["therock:retain": "30d"], isOtherwise: true),
        ])
    func different(_ wrong: BucketRule) {
        let comparison = LifecycleComparison([.days(30)], with: [wrong, Self.own])
        #expect(comparison.entries.map(\.state) == [.different])
        #expect(comparison.isChange(pruning: false))
        let rules = comparison.rules(pruning: false)
        #expect(rules.count == 2 && rules[0].contains("<Days>30</Days>") && rules[1] == Self.own.xml)
    }

    @Test("The bucket's own rules stay as they were and where they were", arguments: [false, true])
    func others(prunes: Bool) {
        let old = Self.rule("therock-retain-5d", days: 5, tags: ["therock:retain": "5d"])
        let last = Self.rule("", days: nil)
        let comparison = LifecycleComparison([.days(30)], with: [Self.own, Self.right, old, last])
        #expect(comparison.entries.map(\.state) == [.same, .unused])
        #expect(comparison.isChange(pruning: prunes) == prunes)
        #expect(
            comparison.rules(pruning: prunes)
                == [Self.own, Self.right, old, last].filter { !prunes || $0 != old }.map(\.xml))
        let text = comparison.text(pruning: prunes, style: .plain)
        #expect(text.contains(prunes ? "- therock-retain-5d" : "? therock-retain-5d"), "\(text)")
        #expect(text.contains("(no name)") && text.hasSuffix("2 of the bucket's own\n"), "\(text)")
    }

    @Test("Rules of the bucket that look at our tags are told")
    func rivals() {
        let rival = Self.rule("rival", tags: ["therock:pinned": "30d"])
        #expect(LifecycleComparison([], with: [Self.own, Self.right, rival]).rivals == [rival])
    }
}
