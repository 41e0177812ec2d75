"""What a bank says of credit transfers, from its own files (ISO 20022): pain.002 (a status of each transfer), camt.054
and camt.053 (what was booked). Read in a process of its own (core/files/isolated)."""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from app.lib.file_errors import BadFile

MAX_BYTES = 5_000_000
MAX_ENTRIES = 5_000
MAX_TEXT, MAX_DEPTH = 500, 40
_PIECE = 65_536
# What a pain.002 calls the end of a transfer; all its other words are about being under way.
_ENDS = {"ACSC": "executed", "ACCC": "executed", "RJCT": "rejected", "CANC": "rejected"}
_KNOWN = ("CstmrPmtStsRpt", "BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt")
# What one transfer, and what is around it, is called in each kind of file.
_TRANSFER, _AROUND = ("TxInfAndSts", "TxDtls"), ("OrgnlPmtInfAndSts", "Ntry")
_REASON = ("Rsn/Cd", "Rsn/Prtry", "AddtlInf")


@dataclass
class _Reading:
    """Where the parser is, and what was said of the transfer, the block around it, and the whole file."""

    path: list[str] = field(default_factory=list)
    text: str = ""
    currency: str = ""
    transfer: dict[str, str] = field(default_factory=dict)
    around: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)
    in_block: int = 0
    found: list[dict[str, str]] = field(default_factory=list)
    count: int = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name.rpartition(":")[2])
        if len(self.path) > MAX_DEPTH:
            raise BadFile("The file is nested too deeply.")
        if len(self.path) == 2 and self.path[1] not in _KNOWN:
            raise BadFile("This is no pain.002, camt.054 or camt.053 file.")
        self.text, self.currency = "", attributes.get("Ccy", "")
        if self.path[-1] in _AROUND:
            self.around, self.in_block = {}, 0
        elif self.path[-1] in _TRANSFER:
            self.transfer = {}

    def characters(self, text: str) -> None:
        self.text = (self.text + text)[:MAX_TEXT]

    def end(self, _: str) -> None:
        name, value = self.path[-1], " ".join(self.text.split())
        if value:
            self._keep("/".join(self.path), value)
        self.text = ""
        if name in _TRANSFER:
            self._say(self.around | self.transfer)
            self.in_block += 1
        elif name in _AROUND and not self.in_block:
            self._say(self.around, message=self.whole.get("message", ""))
        elif name == "CstmrPmtStsRpt" and not self.count:
            self._say(self.whole, message=self.whole.get("message", ""))
        self.path.pop()

    def _keep(self, path: str, value: str) -> None:
        inside = next((each for each in _TRANSFER if f"/{each}/" in path), None)
        around = next((each for each in _AROUND if f"/{each}/" in path), None)
        known = self.transfer if inside else self.around if around else self.whole
        name = path.rpartition(f"/{inside or around}/")[2] if inside or around else path
        if name.endswith(("OrgnlEndToEndId", "Refs/EndToEndId")):
            known["reference"] = value
        elif name.endswith("OrgnlMsgId"):
            known["message"] = value
        elif name in ("TxSts", "PmtInfSts") or name.endswith("OrgnlGrpInfAndSts/GrpSts"):
            known["state"] = value
        elif name == "CdtDbtInd":
            known["side"] = value
        elif name == "RvslInd":
            known["reversal"] = value
        elif name in ("Sts", "Sts/Cd"):
            known["booked"] = value
        elif name.endswith(_REASON) and ("StsRsnInf/" in name or "RtrInf/" in name):
            known["reason"] = f"{known['reason']}, {value}" if "reason" in known else value
            known["returned"] = "true" if "RtrInf/" in name else ""
        elif name in ("OrgnlTxRef/Amt/InstdAmt", "Amt", "AmtDtls/TxAmt/Amt") and self.currency:
            known["amount"], known["currency"] = value, self.currency

    def _say(self, known: dict[str, str], *, message: str = "") -> None:
        status = _ENDS.get(known.get("state", "")) if self.path[1] == _KNOWN[0] else _booked(known)
        reference = known.get("reference", "")
        if status is None or not (reference or message):
            return
        self.count += 1
        if self.count > MAX_ENTRIES:
            raise BadFile(f"The file has more than {MAX_ENTRIES:,} payments; send it in parts.")
        said = {name: known.get(name, "") for name in ("reason", "amount", "currency")}
        is_whole = not reference
        if is_whole:
            said |= {"amount": "", "currency": ""}
        self.found.append({"reference": reference, "message": message if is_whole else "", "status": status} | said)


def read(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """Each end of a transfer that the file tells, in its order: `reference` (its end-to-end reference) or, for a whole
    order, `message` (the id of the order's file), `status` (`executed`, `rejected`, `returned`), and where the file
    says so `reason`, `amount` (decimal) and `currency`.

    Raises:
        BadFile: it is none of these files, or too much.
    """
    reading, parser = _Reading(), xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reading.begin, reading.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reading.characters, _refuse_doctype
    size = 0
    try:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > MAX_BYTES:
                raise BadFile(f"The file can be at most {MAX_BYTES // 1_000_000} MB.")
            parser.Parse(piece, False)
            yield from reading.found
            reading.found.clear()
        parser.Parse(b"", True)
    except xml.parsers.expat.ExpatError as error:
        raise BadFile("The file is not XML.") from error
    yield from reading.found


def _booked(known: dict[str, str]) -> str | None:
    """What an entry of an account says: money that left, or that left and came back."""
    if known.get("booked", "BOOK") != "BOOK":
        return None
    if known.get("side") == "DBIT":
        return None if known.get("reversal") == "true" else "executed"
    is_back = known.get("returned") == "true" or known.get("reversal") == "true"
    return "returned" if known.get("side") == "CRDT" and is_back else None


def _refuse_doctype(*_: object) -> None:
    raise BadFile("The file has a document type; banks send none.")
