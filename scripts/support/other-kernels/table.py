"""Prints the results of scripts/other-kernels as a table, and fails if there is one that is not as it should be.

table.py FOLDER RELEASE...     FOLDER has a file RELEASE.results of each
"""
import pathlib
import sys


def read(path):
    lines = [line.split(" ", 2) for line in path.read_text().splitlines()]
    return {name: (word, *rest) for name, word, *rest in lines}


def main(folder, *releases):
    results = {release: read(pathlib.Path(folder, f"{release}.results")) for release in releases}
    checks = list(dict.fromkeys(name for result in results.values() for name in result if name != "end"))
    width = max(map(len, [*checks, "check"])) + 2
    heads = [f"{release} {result.get('end', ('?',))[0]}" for release, result in results.items()]
    print("check".ljust(width) + "  ".join(heads))
    problems = [f"{release}: the test did not end" for release, result in results.items() if "end" not in result]
    for check in checks:
        words = [result.get(check, ("-",)) for result in results.values()]
        print(check.ljust(width) + "  ".join(word[0].ljust(len(head)) for word, head in zip(words, heads)))
        problems += [
            f"{release}: {check}: {' '.join(word)}" for release, word in zip(releases, words) if word[0] != "ok"]
    print(*problems, sep="\n")
    return 1 if problems else 0


sys.exit(main(*sys.argv[1:]))
