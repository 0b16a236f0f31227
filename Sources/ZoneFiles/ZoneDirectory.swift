package import Discovery
import DurableFiles
import Glibc
import SystemPackage

/// A zone file cannot be read or written.
package struct ZoneFileError: Error, Hashable, CustomStringConvertible {
    /// The file or directory.
    package var path: String
    /// What it is that failed, and why.
    package var reason: String
    /// Whether somebody else's file is in the way.
    package private(set) var isForeignFile = false

    init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// There is somebody else's file.
    init(foreign path: String) {
        self.init(
            path: path,
            reason: "is no file that switchyard has written, and stays as it is; move it away to have the zone")
        isForeignFile = true
    }

    /// One line.
    package var description: String { "\(path): \(reason)" }
}

/// A directory of zone files, of which this process is the only writer.
///
/// A file is `db.ORIGIN`, as the `auto` plugin of CoreDNS looks for it. It is replaced at once, by one that is complete and
/// on the disk, so that no server ever reads half a zone. That plugin looks for `db.` anywhere in a name, so that the name of
/// the file that is not complete yet has nothing of it.
package final class ZoneDirectory: Sendable {
    private static let prefix = "db."
    private static let temporaryName = ".switchyard.new"
    /// What a file may have to be read.
    private static let fileSizeMax = 1 << 28

    /// Where it is.
    package let path: String
    private let descriptor: FileDescriptor

    /// Opens a directory, and takes it for this process.
    ///
    /// - Throws: also if another process writes zones there.
    package init(_ path: String) throws(ZoneFileError) {
        self.path = path
        do {
            descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .directory])
        } catch {
            throw ZoneFileError(path: path, reason: "cannot open the directory of the zones: \(error)")
        }
        if flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
            let reason = Errno(rawValue: errno)
            Self.close(descriptor)
            throw ZoneFileError(
                path: path,
                reason: reason == .wouldBlock
                    ? "another process of switchyard writes the zones there" : "cannot lock the directory: \(reason)")
        }
    }

    deinit { Self.close(descriptor) }

    /// What is wrong with a descriptor that was only read is nobody's concern.
    private static func close(_ descriptor: FileDescriptor) { _ = Glibc.close(descriptor.rawValue) }

    /// The path of a zone's file.
    package func path(of origin: DNSName) -> String { "\(path)/\(Self.prefix)\(origin.text)" }

    /// What is in a zone's file.
    package enum Content: Sendable {
        case nothing
        case zone(WrittenZone)
        /// One that was written here; only its head was read.
        case marked
        /// Somebody else's.
        case foreign
    }

    /// Reads a zone's file. An empty one is nobody's.
    ///
    /// - Parameter isHeadEnough: Whether only to see whose it is.
    package func read(_ origin: DNSName, isHeadEnough: Bool = false) throws(ZoneFileError) -> Content {
        let path = path(of: origin)
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking, .noFollow])
            return try file.closeAfter {
                var status = stat()
                guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
                guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.fileSizeMax else { return .foreign }
                let size = Int(status.st_size)
                let bytes = try Self.read(file, upTo: isHeadEnough ? min(size, Self.headSize) : size)
                if bytes.isEmpty { return .nothing }
                guard WrittenZone.isMarked(bytes) else { return .foreign }
                if isHeadEnough { return .marked }
                // What was written here and is damaged may be replaced.
                guard let zone = WrittenZone(bytes) else { return .nothing }
                return zone.origin == origin ? .zone(zone) : .foreign
            }
        } catch let error as Errno where error == .noSuchFileOrDirectory {
            return .nothing
        } catch let error as Errno where error == .tooManySymbolicLinkLevels {
            return .foreign
        } catch {
            throw ZoneFileError(path: path, reason: "cannot read: \(error)")
        }
    }

    /// In which it is said who has written a file.
    private static let headSize = 256

    private static func read(_ file: FileDescriptor, upTo size: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                let read = try file.read(into: rest)
                if read == 0 { break }
                count += read
            }
        }
    }

    /// The zones that were written here, sorted; those of others are not among them.
    package func origins() throws(ZoneFileError) -> [DNSName] {
        guard let directory = opendir(path) else {
            throw ZoneFileError(path: path, reason: "cannot list the directory: \(Errno(rawValue: errno))")
        }
        defer { closedir(directory) }
        var origins: [DNSName] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(Self.prefix), let origin = DNSName(name.dropFirst(Self.prefix.count)),
                path(of: origin) == "\(path)/\(name)"
            else { continue }
            if case .zone = try read(origin) { origins.append(origin) }
        }
        return origins.sorted()
    }

    /// Puts a zone in the place of the one that is there.
    ///
    /// - Throws: with the old one as it was.
    package func write(_ origin: DNSName, _ bytes: [UInt8]) throws(ZoneFileError) {
        do {
            try replaceFile(path(of: origin), with: bytes, by: "\(path)/\(Self.temporaryName)")
        } catch {
            throw ZoneFileError(path: path(of: origin), reason: "cannot write: \(error); what was there before stays")
        }
    }

    /// Removes a zone.
    package func remove(_ origin: DNSName) throws(ZoneFileError) {
        guard unlink(path(of: origin)) == 0 || errno == ENOENT else {
            throw ZoneFileError(path: path(of: origin), reason: "cannot remove: \(Errno(rawValue: errno))")
        }
    }

    /// Sees to it that what was replaced and removed stays so after a loss of power.
    package func flush() throws(ZoneFileError) {
        guard fsync(descriptor.rawValue) == 0 else {
            throw ZoneFileError(path: path, reason: "cannot flush the directory: \(Errno(rawValue: errno))")
        }
    }
}
