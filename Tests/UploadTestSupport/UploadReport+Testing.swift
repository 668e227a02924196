public import UploadExecution

extension UploadReport {
    /// The report as JSON, in one piece.
    public var json: String {
        var text = ""
        writeJSON { text += $0 }
        return text
    }
}
