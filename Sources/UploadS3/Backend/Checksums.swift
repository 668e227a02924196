import UploadExecution

extension S3Configuration {
    /// The digests that a request's headers need of its bytes.
    var digestsOfRequest: ContentDigests.Selection {
        var selection: ContentDigests.Selection = []
        // Over plain HTTP nothing else keeps the bytes from being changed unseen.
        if !endpoint.isEncrypted { selection.insert(.sha256) }
        if effectiveChecksums == .md5 { selection.insert(.md5) }
        return selection
    }

    /// The headers by which a store checks the bytes of a request.
    func checksumHeaders(_ digests: ContentDigests) -> [(name: String, value: String)] {
        switch effectiveChecksums {
        case .crc32: [("x-amz-checksum-crc32", digests.crc32.base64)]
        case .md5: digests.md5.map { [("content-md5", $0.base64)] } ?? []
        case .whenRequired, .automatic: []
        }
    }

    /// The SHA-256 that a request is signed with, or `nil` where it is not signed over its bytes.
    func signedHash(_ digests: ContentDigests) -> String? {
        endpoint.isEncrypted ? nil : digests.sha256.map { String(hexadecimal: $0) }
    }
}
