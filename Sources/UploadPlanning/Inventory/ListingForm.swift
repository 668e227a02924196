/// The forms that listings have: one for all lines of a listing.
enum ListingForm: CaseIterable {
    case typeSizeTimePath, typeSizePath, gnuTar, bsdTar, list, recursiveList, bucket, zip, pathSizeTime, sizeTabPath,
        sizePath, plain

    /// How the form is written, for messages.
    var example: String {
        switch self {
        case .typeSizeTimePath: "`find -printf '%y %s %T@ %p\\n'`"
        case .typeSizePath: "`find -printf '%y %s %p\\n'`"
        case .gnuTar, .bsdTar: "`tar -tv`"
        case .list: "`ls -l` or `find -ls`"
        case .recursiveList: "`ls -lR`"
        case .bucket: "`aws s3 ls --recursive`"
        case .zip: "`unzip -l`"
        case .pathSizeTime: "`find -printf '%p %s %T@\\n'`"
        case .sizeTabPath: "`find -printf '%s\\t%p\\n'`"
        case .sizePath: "`find -printf '%s %p\\n'`"
        case .plain: "one path to a line"
        }
    }
}

extension ListingForm {
    /// Whether paths are written as the system has them, on Windows with backslashes.
    var keepsSeparators: Bool {
        switch self {
        case .typeSizeTimePath, .typeSizePath, .pathSizeTime, .sizeTabPath, .sizePath, .plain: true
        case .gnuTar, .bsdTar, .list, .recursiveList, .bucket, .zip: false
        }
    }
}

/// Reads the lines of one listing in one form.
struct ListingReader {
    let form: ListingForm
    /// The directory that lines of `ls -lR` are about.
    private var directory: String?

    init(_ form: ListingForm) { self.form = form }

    /// Reads a line, or returns `nil` if it has another form.
    mutating func read(_ line: String) -> ListingMeaning? {
        switch form {
        case .typeSizeTimePath: .init(ListingLine(typeSizePath: line, hasTime: true))
        case .typeSizePath: .init(ListingLine(typeSizePath: line, hasTime: false))
        case .gnuTar: .init(ListingLine(line, mode: .gnuTar))
        case .bsdTar: .init(ListingLine(line, mode: .bsdTar))
        case .list: line.isTotal ? .decoration : .init(ListingLine(line, mode: .list))
        case .recursiveList: recursive(line)
        case .bucket: line.isBucketTotal ? .decoration : .init(ListingLine(bucket: line))
        case .zip: zip(line)
        case .pathSizeTime: .init(ListingLine(pathSizeTime: line))
        case .sizeTabPath: .init(ListingLine(sizeTabPath: line))
        case .sizePath: .init(ListingLine(sizePath: line))
        case .plain: .entry(ListingLine(plain: line))
        }
    }

    /// `ls -lR`: headings of directories, `total 8`, and names below the heading.
    private mutating func recursive(_ line: String) -> ListingMeaning? {
        if line.isTotal { return .decoration }
        if var entry = ListingLine(line, mode: .list) {
            guard entry.path != ".", entry.path != ".." else { return .decoration }
            if let directory, directory != "." { entry.path = "\(directory)/\(entry.path)" }
            return .entry(entry)
        }
        guard line.utf8.last == UInt8(ascii: ":"), line.utf8.count > 1 else { return nil }
        let heading = String(line.dropLast())
        directory = heading
        var entry = ListingLine(plain: heading)
        entry.kind = nil
        return .entry(entry)
    }

    /// `unzip -l`: a heading and a total around the entries.
    private mutating func zip(_ line: String) -> ListingMeaning? {
        if let entry = ListingLine(zip: line) { return .entry(entry) }
        let words = line.split(separator: " ")
        let isRuler = !words.isEmpty && words.allSatisfy { $0.utf8.allSatisfy { $0 == UInt8(ascii: "-") } }
        let isHeading = line.hasPrefix("Archive:") || words == ["Length", "Date", "Time", "Name"]
        let isTotal =
            words.count == 3 && words[0].fileSize != nil && words[1].fileSize != nil && words[2].hasPrefix("file")
        return isRuler || isHeading || isTotal ? .decoration : nil
    }
}

extension ListingMeaning {
    fileprivate init?(_ line: ListingLine?) {
        guard let line else { return nil }
        self = .entry(line)
    }
}

extension String {
    /// Whether it is the line `total 8` of `ls -l`.
    fileprivate var isTotal: Bool { hasPrefix("total ") && dropFirst(6).utf8.allSatisfy { $0 != UInt8(ascii: "/") } }

    /// Whether it is a line of `aws s3 ls --summarize`, or one about keys that share a prefix.
    fileprivate var isBucketTotal: Bool {
        let text = drop { $0 == " " }
        return text.hasPrefix("Total Objects: ") || text.hasPrefix("Total Size: ") || text.hasPrefix("PRE ")
    }
}
