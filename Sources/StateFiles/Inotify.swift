import Glibc
import SystemPackage

/// What tells of all that happens in directories.
protocol DirectoryQueue: Sendable {
    /// Readable when something has happened.
    var descriptor: FileDescriptor { get }
    /// Watches a directory. Watching it again gives the same number.
    func watch(_ path: String) throws(Errno) -> Inotify.Watch
    /// Ends a watch; one that has ended by itself is no error.
    func unwatch(_ watch: Inotify.Watch)
    /// What has happened since the last call; nothing if nothing has.
    func read() throws(Errno) -> [Inotify.Event]
}

/// A kernel queue of what happens to files: `inotify(7)`.
///
/// Owns its descriptor; watches go with it.
final class Inotify: DirectoryQueue {
    /// A number of the kernel's for a directory that is watched.
    typealias Watch = CInt

    /// Something that happened.
    struct Event {
        /// The directory; -1 for an overflow.
        var watch: Watch
        /// What happened.
        var mask: Mask
        /// The file in the directory; empty if it is about the directory itself.
        var name: String

        /// Whether one of these happened.
        func has(_ any: Mask) -> Bool { !mask.isDisjoint(with: any) }
    }

    /// The bits of `inotify_event.mask`, by their names without `IN_`.
    struct Mask: OptionSet {
        let rawValue: UInt32

        static let attrib = Mask(rawValue: UInt32(IN_ATTRIB))
        static let closeWrite = Mask(rawValue: UInt32(IN_CLOSE_WRITE))
        static let movedFrom = Mask(rawValue: UInt32(IN_MOVED_FROM))
        static let movedTo = Mask(rawValue: UInt32(IN_MOVED_TO))
        static let create = Mask(rawValue: UInt32(IN_CREATE))
        static let delete = Mask(rawValue: UInt32(IN_DELETE))
        static let deleteSelf = Mask(rawValue: UInt32(IN_DELETE_SELF))
        static let moveSelf = Mask(rawValue: UInt32(IN_MOVE_SELF))
        static let unmount = Mask(rawValue: UInt32(IN_UNMOUNT))
        static let overflow = Mask(rawValue: UInt32(IN_Q_OVERFLOW))
        static let ignored = Mask(rawValue: UInt32(IN_IGNORED))
        static let onlyDirectory = Mask(rawValue: UInt32(IN_ONLYDIR))
        static let isDirectory = Mask(rawValue: UInt32(IN_ISDIR))
    }

    /// All that can make a file come, change or go. A file counts as changed when its writer closes it.
    private static let mask: Mask = [
        .closeWrite, .movedTo, .movedFrom, .create, .delete, .attrib, .deleteSelf, .moveSelf, .onlyDirectory,
    ]

    let descriptor: FileDescriptor

    /// A queue without watches.
    init() throws(Errno) {
        let result = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        guard result >= 0 else { throw Errno(rawValue: errno) }
        descriptor = FileDescriptor(rawValue: result)
    }

    deinit {
        close(descriptor.rawValue)
    }

    func watch(_ path: String) throws(Errno) -> Watch {
        let result = inotify_add_watch(descriptor.rawValue, path, Self.mask.rawValue)
        guard result >= 0 else { throw Errno(rawValue: errno) }
        return result
    }

    func unwatch(_ watch: Watch) {
        inotify_rm_watch(descriptor.rawValue, watch)
    }

    func read() throws(Errno) -> [Event] {
        var events: [Event] = []
        do {
            while true { Self.parse(try readSome(descriptor), into: &events) }
        } catch Errno.wouldBlock {
            return events
        }
    }

    private static func parse(_ bytes: [UInt8], into events: inout [Event]) {
        let header = MemoryLayout<inotify_event>.size
        bytes.withUnsafeBytes { bytes in
            var at = 0
            while at + header <= bytes.count {
                let event = bytes.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
                let name = bytes[(at + header)..<(at + header + Int(event.len))].prefix { $0 != 0 }
                events.append(
                    Event(
                        watch: event.wd, mask: Mask(rawValue: event.mask), name: String(decoding: name, as: UTF8.self)))
                at += header + Int(event.len)
            }
        }
    }
}
