/// Columns as kubectl prints them: each as wide as its longest text, and three spaces between them.
package struct TextTable: Sendable {
    private var rows: [[String]]

    /// A table with this heading and nothing else.
    package init(_ heading: [String]) {
        rows = [heading]
    }

    /// Adds a row with a text for each column; an empty one is `<none>`.
    package mutating func append(_ row: [String]) {
        rows.append(row.map { $0.isEmpty ? "<none>" : $0 })
    }

    /// The lines, each with an end.
    package var text: String {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        let gap = 3
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] + gap - cell.count)
            }
            return cells.joined() + "\n"
        }.joined()
    }
}
