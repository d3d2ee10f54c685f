"""Rewrite an .xlsx that Excel opens and openpyxl refuses: invalid styles, part names in another case, the strict form.

Contents, formulas, hidden rows and columns, and the formats by which dates are known stay as they are.
"""

import io
import posixpath
import zipfile
from typing import Any

from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring, tostring

_WORKBOOK, _STYLES = "xl/workbook.xml", "xl/styles.xml"
_UNNEEDED = ("dxfs", "cellStyles", "tableStyles", "colors", "extLst")
_PLAIN = {
    "fonts": f'<font xmlns="{SHEET_MAIN_NS}"/>',
    "fills": f'<fill xmlns="{SHEET_MAIN_NS}"><patternFill/></fill>',
    "borders": f'<border xmlns="{SHEET_MAIN_NS}"/>',
}
_STRICT = {  # ISO/IEC 29500-1 names the same things by other addresses than -4 (transitional), which openpyxl reads
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": SHEET_MAIN_NS.encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    b"http://purl.oclc.org/ooxml/package/": b"http://schemas.openxmlformats.org/package/2006/",
}


def is_unusual(content: bytes) -> bool:
    """Return whether openpyxl leaves sheets out: the strict form, or part names in another case than in relations."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        written = _names(archive)
        if any(written.get(name.lower(), name) != name for name in archive.namelist()):
            return True
        return any(strict in archive.read(_WORKBOOK) for strict in _STRICT)


def repaired(content: bytes) -> bytes:
    """Return the archive with names as its relations write them, transitional addresses, and styles without looks.

    The caller has checked the unpacked size. Raises what zipfile and the XML parser raise for damaged parts.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        written = _names(source)
        for member in source.infolist():
            name = written.get(member.filename.lower(), member.filename)
            part = source.read(member)
            if name.endswith((".xml", ".rels")):
                for strict, transitional in _STRICT.items():
                    part = part.replace(strict, transitional)
            target.writestr(name, _plain_styles(part) if name == _STYLES else part)
    return out.getvalue()


def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of parts as relations write them, by the same in lower case.

    Part names are equal in any case (ECMA-376 part 2, section 6.2.2.3).
    """
    found = {_WORKBOOK: _WORKBOOK, _STYLES: _STYLES}
    for member in archive.infolist():
        folder, name = posixpath.split(member.filename)
        if not name.endswith(".rels"):
            continue
        base = posixpath.dirname(folder)
        for relation in fromstring(archive.read(member)):
            target = posixpath.normpath(posixpath.join("/", base, relation.get("Target", ""))).lstrip("/")
            found[target.lower()] = target
    return found


def _plain_styles(part: bytes) -> bytes:
    """Return styles whose number formats are kept and whose fonts, fills and borders are one plain one each."""
    root: Any = fromstring(part)
    for child in list(root):
        name = child.tag.rpartition("}")[2]
        if name in _UNNEEDED:
            root.remove(child)
        elif name in _PLAIN:
            child.clear()
            child.append(fromstring(_PLAIN[name]))
        elif name in ("cellXfs", "cellStyleXfs"):
            for style in child:
                style[:] = []
                style.attrib.update({"fontId": "0", "fillId": "0", "borderId": "0"})
    styles: bytes = tostring(root)
    return styles
