"""Files as banks send them about payment orders."""

from __future__ import annotations

PAIN, CAMT = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10", "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


def pain002(*transfers: tuple[str, str, str], message: str = "POR1", group: str = "") -> bytes:
    """A status report: reference, status and reason code of each transfer, or a status of the whole `group`."""
    each = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        + (f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else "")
        + "</TxInfAndSts>"
        for reference, status, reason in transfers
    )
    block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}</OrgnlPmtInfId>{each}</OrgnlPmtInfAndSts>" if each else ""
    status = f"<GrpSts>{group}</GrpSts><StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf>" if group else ""
    head = f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>{status}</OrgnlGrpInfAndSts>"
    body = f"<GrpHdr><MsgId>B1</MsgId></GrpHdr>{head}{block}"
    return _document(PAIN, f"<CstmrPmtStsRpt>{body}</CstmrPmtStsRpt>")


def camt054(*entries: tuple[str, str, str, str], booked: str = "BOOK") -> bytes:
    """A notification: reference, side (DBIT or CRDT), amount in euros and reason of a return, one entry each."""
    each = "".join(
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>{booked}</Cd></Sts>'
        f"<NtryDtls><TxDtls>"
        f'<Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        + (f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else "")
        + "</TxDtls></NtryDtls></Ntry>"
        for reference, side, amount, reason in entries
    )
    return _document(CAMT, f"<BkToCstmrDbtCdtNtfctn><Ntfctn>{each}</Ntfctn></BkToCstmrDbtCdtNtfctn>")


def _document(namespace: str, inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{namespace}">{inside}</Document>'.encode()
