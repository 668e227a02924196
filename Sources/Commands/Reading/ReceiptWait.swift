import ArgumentParser
import RunOutputs
import UploadExecution
import UploadPlanning

/// Waits for the receipts of jobs.
struct ReceiptWait {
    let readable: ReadableRun
    let names: [String]
    let timeout: Duration
    /// The attempt that this job is of, where it belongs to the run: earlier attempts may have failed.
    let ownAttempt: Int?
    /// Tells what it waits for.
    let output: Output

    /// How long nothing is asked.
    private static let pause = Duration.seconds(5)

    /// Waits until all are there and say that the job succeeded.
    ///
    /// - Returns: The receipts.
    /// - Throws: ``ToolExit/someFailed`` if a job failed, the time is over, or the store cannot be asked.
    func run() async throws -> RunReceipts {
        let clock = ContinuousClock()
        let end = clock.now + timeout
        var wanted = names
        var found: [RunReceipts.Receipt] = []
        var isTold = false
        while true {
            do {
                wanted = try await missing(wanted, &found)
            } catch let error as ExitCode {
                throw error
            } catch {
                output.notice("error: the receipts in \(readable.place) cannot be read: \("\(error)".printable)\n")
                throw ToolExit.someFailed
            }
            if wanted.isEmpty { return RunReceipts(receipts: found, strangers: []) }
            let list = wanted.map { "'\($0.printable)'" }.joined(separator: ", ")
            guard clock.now < end else {
                output.notice(
                    "error: no receipt \(list) in \(readable.place) after \(timeout.components.seconds) s\n"
                        + "  = help: the job has not ended, or uploads without --receipt; pass a longer --timeout\n")
                throw ToolExit.someFailed
            }
            if !isTold { output.notice("waiting for \(list) in \(readable.place)\n") }
            isTold = true
            try await Task.sleep(for: min(Self.pause, end - clock.now))
        }
    }

    /// The names whose receipts are not there yet.
    private func missing(_ names: [String], _ receipts: inout [RunReceipts.Receipt]) async throws -> [String] {
        let listing: ReceiptListing
        do {
            listing = try await readable.backend.receiptListing(of: readable.root)
        } catch let error as StoreError where error.code == .notFound {
            // The first object makes a directory, and with some stores the bucket.
            return names
        }
        var missing: [String] = []
        for name in names {
            guard let (receipt, location) = listing.newest.first(where: { $0.key.name == name }) else {
                missing.append(name)
                continue
            }
            let found = try await readable.backend.receipt(receipt, at: location, of: readable.root)
            if found.isSuccess {
                receipts.append(found)
                continue
            }
            guard let ownAttempt, receipt.attempt < ownAttempt else {
                output.notice(
                    "error: the upload of '\(name.printable)' ended as '\(found.status.printable)', in attempt "
                        + "\(receipt.attempt)\n")
                throw ToolExit.someFailed
            }
            missing.append(name)
        }
        return missing
    }
}
