// Compiled into one module with what it tests by scripts/fuzz.sh, so that it sees what is internal there.
import FoundationEssentials

private let parser = ProcessInfo.processInfo.environment["FUZZED_PARSER"] ?? ""

/// Reads one input as `FUZZED_PARSER` says, and checks what must hold for any input.
///
/// A violation crashes, which libFuzzer records.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    switch parser {
    case "listing": checkListing(input)
    case "lock": checkLock(String(decoding: input, as: UTF8.self))
    case "policy": checkPolicy(input)
    case "plan": checkPlan(input)
    case "layout": checkLayout(input)
    default: preconditionFailure("FUZZED_PARSER names no parser of this program")
    }
    return 0
}

private func checkListing(_ input: [UInt8]) {
    do throws(UnreadableListing) {
        let listing = try TreeListing(parsing: input)
        var request = InventoryRequest()
        request.paths = ["a", "a/b", "."]
        let inventory = listing.inventory(answering: request)
        precondition(inventory.paths.count == 3, "what is asked for is answered")
    } catch {
        let lines = 1 + input.count { $0 == 0x0A || $0 == 0x0D || $0 == 0 }
        precondition((1...lines).contains(error.line) && !error.problem.isEmpty, "the line exists")
    }
}

private func checkLock(_ input: String) {
    guard let record = try? PlanRecord(lock: input) else { return }
    let text = record.lockText
    guard let again = try? PlanRecord(lock: text) else { preconditionFailure("what is written can be read") }
    precondition(again.lockText == text, "a lock that is read is written the same")
    precondition(PlanComparison(from: record, to: again).isEmpty, "nothing has changed")
}

private func checkPolicy(_ input: [UInt8]) {
    let (policy, diagnostics) = BucketPolicy.checked(input, file: "buckets.yaml")
    precondition(policy != nil || diagnostics.contains { $0.severity == .error }, "a refusal has a reason")
    check(diagnostics, of: input, in: "buckets.yaml")
}

private func checkLayout(_ input: [UInt8]) {
    let (layout, diagnostics) = Layout.checked(input, file: "layout.yaml")
    precondition(layout != nil || diagnostics.contains { $0.severity == .error }, "a refusal has a reason")
    check(diagnostics, of: input, in: "layout.yaml")
}

private func checkPlan(_ input: [UInt8]) {
    do throws(PlanRejected) {
        let plan = try ValidatedPlan.read(input, file: "plan.yaml")
        check(plan.warnings, of: input, in: "plan.yaml")
        let root = try? RunOutputRoot(bucket: "bucket", runID: "1", platform: .linux)
        guard let root else { preconditionFailure("a run has a root") }
        let bound = try plan.bound(to: root, inputs: ParameterInputs(), tree: Inventory())
        let inventory = TreeListing(paths: ["build/a", "build/logs/b.log"]).inventory(answering: [bound].inventoryRequest)
        for operation in try [bound].planned(with: inventory).upload.operations {
            precondition(operation.destination.key.text.hasPrefix("1-linux/"), "a key is below the run's prefix")
        }
    } catch {
        precondition(error.diagnostics.contains { $0.severity == .error }, "a refusal has a reason")
        check(error.diagnostics, of: input, in: "plan.yaml")
    }
}

/// Every diagnostic can be shown, and its suggestions applied.
private func check(_ diagnostics: [Diagnostic], of input: [UInt8], in file: String) {
    let text = String(decoding: input, as: UTF8.self)
    let shown = DiagnosticText(sources: [file: SourceText(text)]).render(diagnostics)
    precondition(diagnostics.isEmpty == shown.isEmpty, "what is told is shown")
    _ = diagnostics.applyingCertainFixes(to: text, of: file)
}
