import NIOCore
import UploadExecution

extension UploadRequest {
    /// Adds the charset of the text to the media type.
    ///
    /// Browsers take `text/plain` and `text/html` without a charset for Latin-1 or Windows-1252 (HTML Standard, "Determining
    /// the character encoding"), and show UTF-8 garbled.
    ///
    /// - Parameter content: The bytes.
    /// - Returns: The value of the header.
    /// - Throws: ``StoreError`` if a file cannot be read.
    func contentType(of content: UploadContent) throws(StoreError) -> String {
        guard isBareText else { return contentType }
        return try content.isUTF8() ? contentType + "; charset=utf-8" : contentType
    }

    private var isBareText: Bool {
        contentType == "text/plain" || contentType == "text/html"
    }
}

extension UploadContent {
    /// Whether the first MiB is UTF-8, where a character that the MiB cuts is no fault.
    fileprivate func isUTF8() throws(StoreError) -> Bool {
        if let bytes { return bytes.readableBytesView.isUTF8 }
        guard let reader else { return true }
        var start = ByteBuffer()
        try reader.append(to: &start, at: 0, count: Int(min(byteCount, Self.inMemoryLimit)))
        let cut = (0..<4).first { rest in start.readableBytesView.dropLast(rest).isUTF8 }
        return cut != nil
    }
}

extension Collection where Element == UInt8 {
    fileprivate var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}
