"""Content of opaquely signed mails (S/MIME, RFC 8551 section 3.5.2). The signature itself is not checked."""

from asn1crypto import cms

from mailroom.mime import Part

_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def content(part: Part) -> bytes | None:
    """Return the MIME bytes within a signed part; None for another part, an encrypted or a malformed one.

    Whoever signs may be anybody, so the content is worth as much as that of a mail without signature.
    """
    if part.type not in _TYPES or part.params.get("smime-type", "signed-data").lower() != "signed-data":
        return None
    try:
        message = cms.ContentInfo.load(part.content)
        if message["content_type"].native != "signed_data":
            return None
        found = message["content"]["encap_content_info"]["content"].native
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # what asn1crypto raises for other bytes
        return None
    return found if isinstance(found, bytes) else None
