/// The media types of objects, by the ending of their names.
///
/// The table is fixed here: it is the same on every machine, whatever its `/etc/mime.types` holds. Types are those that
/// [IANA](https://www.iana.org/assignments/media-types) has, else those of shared-mime-info.
///
/// A compressed file has the type of its compression, `.svgz` too: no `Content-Encoding` comes from a name. With one,
/// `curl`, `pip` and browsers would store decompressed bytes under the compressed name, and its checksum would not fit.
/// A rule that wants it says so with `object`.
public enum ContentType {
    /// The type of a name whose ending is not in the table.
    public static let unknown = "application/octet-stream"

    /// Returns the media type for a file name.
    ///
    /// Only the last ending counts, in any case: `ninja_logs.tar.gz` is `application/gzip`. A name that is all ending,
    /// such as `.log`, has none.
    public static func of(_ fileName: String) -> String {
        guard let ending = fileName.ending else { return unknown }
        if let type = types[ending] { return type }
        // What is inside another compression is not the type of the object, except where that is how tar is named.
        guard ["bz2", "z", "br"].contains(ending) else { return unknown }
        return fileName.utf8.dropLast(ending.utf8.count + 1).suffix(4).elementsEqual(".tar".utf8) ? tar : unknown
    }

    private static let tar = "application/x-tar"

    private static let types = Dictionary(
        uniqueKeysWithValues: endings.flatMap { type, endings in
            endings.split(separator: " ").map { (String($0), type) }
        })

    private static let endings: [(type: String, endings: String)] = [
        ("application/gzip", "gz svgz tgz"),
        ("application/javascript", "js mjs"),
        ("application/json", "json"),
        ("application/jsonl", "jsonl"),
        ("application/manifest+json", "webmanifest"),
        ("application/msword", "doc dot wiz"),
        ("application/n-quads", "nq"),
        ("application/n-triples", "nt"),
        ("application/octet-stream", "a bin dll exe o obj so"),
        ("application/oda", "oda"),
        ("application/pdf", "pdf"),
        ("application/pkcs7-mime", "p7c"),
        ("application/postscript", "ai eps ps"),
        ("application/toml", "toml"),
        ("application/trig", "trig"),
        ("application/vnd.debian.binary-package", "deb"),
        ("application/vnd.apple.mpegurl", "m3u m3u8"),
        ("application/vnd.ms-excel", "xlb xls"),
        ("application/vnd.ms-powerpoint", "pot ppa pps ppt pwz"),
        ("application/wasm", "wasm"),
        ("application/x-bcpio", "bcpio"),
        ("application/x-cpio", "cpio"),
        ("application/x-csh", "csh"),
        ("application/x-dvi", "dvi"),
        ("application/x-gtar", "gtar"),
        ("application/x-hdf", "hdf"),
        ("application/x-hdf5", "h5"),
        ("application/x-latex", "latex"),
        ("application/x-mif", "mif"),
        ("application/x-netcdf", "cdf nc"),
        ("application/x-pkcs12", "p12 pfx"),
        ("application/x-pn-realaudio", "ram"),
        ("application/x-python-code", "pyc pyo"),
        ("application/x-rpm", "rpm"),
        ("application/x-sh", "sh"),
        ("application/x-shar", "shar"),
        ("application/x-shockwave-flash", "swf"),
        ("application/x-sv4cpio", "sv4cpio"),
        ("application/x-sv4crc", "sv4crc"),
        ("application/x-tar", "tar taz tbz2 tz"),
        ("application/x-tcl", "tcl"),
        ("application/x-tex", "tex"),
        ("application/x-texinfo", "texi texinfo"),
        ("application/x-troff", "roff t tr"),
        ("application/x-troff-man", "man"),
        ("application/x-troff-me", "me"),
        ("application/x-troff-ms", "ms"),
        ("application/x-ustar", "ustar"),
        ("application/x-wais-source", "src"),
        ("application/x-xz", "txz xz"),
        ("application/xml", "rdf wsdl xpdl xsl"),
        ("application/yaml", "yaml yml"),
        ("application/zip", "whl zip"),
        ("application/zstd", "zst"),
        ("audio/3gpp", "3gp 3gpp"),
        ("audio/3gpp2", "3g2 3gpp2"),
        ("audio/aac", "aac adts ass loas"),
        ("audio/basic", "au snd"),
        ("audio/mpeg", "mp2 mp3"),
        ("audio/opus", "opus"),
        ("audio/x-aiff", "aif aifc aiff"),
        ("audio/x-pn-realaudio", "ra"),
        ("audio/x-wav", "wav"),
        ("font/woff", "woff"),
        ("font/woff2", "woff2"),
        ("image/avif", "avif"),
        ("image/bmp", "bmp"),
        ("image/gif", "gif"),
        ("image/heic", "heic"),
        ("image/heif", "heif"),
        ("image/ief", "ief"),
        ("image/jpeg", "jpe jpeg jpg"),
        ("image/png", "png"),
        ("image/svg+xml", "svg"),
        ("image/tiff", "tif tiff"),
        ("image/vnd.microsoft.icon", "ico"),
        ("image/webp", "webp"),
        ("image/x-cmu-raster", "ras"),
        ("image/x-portable-anymap", "pnm"),
        ("image/x-portable-bitmap", "pbm"),
        ("image/x-portable-graymap", "pgm"),
        ("image/x-portable-pixmap", "ppm"),
        ("image/x-rgb", "rgb"),
        ("image/x-xbitmap", "xbm"),
        ("image/x-xpixmap", "xpm"),
        ("image/x-xwindowdump", "xwd"),
        ("message/rfc822", "eml mht mhtml nws"),
        ("text/css", "css"),
        ("text/csv", "csv"),
        ("text/html", "htm html"),
        ("text/n3", "n3"),
        ("text/plain", "bat c h ksh log md pl srt txt"),
        ("text/richtext", "rtx"),
        ("text/tab-separated-values", "tsv"),
        ("text/vtt", "vtt"),
        ("text/x-python", "py"),
        ("text/x-setext", "etx"),
        ("text/x-sgml", "sgm sgml"),
        ("text/x-vcard", "vcf"),
        ("text/xml", "xml"),
        ("video/mp4", "mp4"),
        ("video/mpeg", "m1v mpa mpe mpeg mpg"),
        ("video/quicktime", "mov qt"),
        ("video/webm", "webm"),
        ("video/x-msvideo", "avi"),
        ("video/x-sgi-movie", "movie"),
    ]
}

extension String {
    /// The text after the last dot in lower case, unless that dot is the first or the last character.
    fileprivate var ending: String? {
        guard let dot = utf8.lastIndex(of: UInt8(ascii: ".")), dot > startIndex else { return nil }
        let ending = self[utf8.index(after: dot)...]
        return ending.isEmpty ? nil : ending.lowercased()
    }
}
