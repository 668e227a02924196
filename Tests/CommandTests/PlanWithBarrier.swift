/// A plan whose second rule waits for the first, with a test: what locks and reviews are tried with.
enum PlanWithBarrier {
    static let text = """
        version: 1
        name: demo
        uploads:
          logs: {from: build, to: root}
          last: {file: m.json, to: manifest_root, after: [logs], missing: skip}
        tests:
          - {name: one, given: [build/a], expect: [a]}

        """
}
