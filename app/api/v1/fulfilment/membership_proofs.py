"""What pages need to ask about memberships, and servers to believe the answer."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.workflow.fulfilment.prove_membership import make_buyer_token, proof_keys


class BuyerTokenRequest(Shape):
    """Whose token."""

    buyer_reference: Annotated[ShortText, Field(description="Your reference for the signed-in buyer.")]


class BuyerToken(Answer):
    """Names a buyer to your page's calls. Give it to this buyer's browser only."""

    token: str
    expires_at: Moment


class ProofKey(Answer):
    """A public key as a JSON Web Key (RFC 8037)."""

    kty: str
    crv: str
    alg: str
    use: str
    kid: str
    x: str


class ProofKeys(Answer):
    """The public keys of your proofs, at most as many as the installation has; the first one signs."""

    keys: list[ProofKey]


@v1.post("/buyer_tokens", body=BuyerTokenRequest, answer=BuyerToken, status=201, permission="entitlements.write",
         tag="Memberships")  # fmt: skip
def create_buyer_token(caller: KeyCaller, body: BuyerTokenRequest) -> BuyerToken:
    """Make a buyer token.

    For the page of a buyer who is signed in with you. It lasts 12 hours, and may be made anew at any time.
    """
    made = make_buyer_token(caller.business_id, body.buyer_reference)
    return BuyerToken(token=made.text, expires_at=moment_text(made.expires_at))


@v1.get("/membership_keys", answer=ProofKeys, permission="entitlements.read", tag="Memberships")
def get_membership_keys(caller: KeyCaller) -> ProofKeys:
    """Get the keys of proofs.

    With them your server checks what a page was answered: a JWT library, algorithm EdDSA, `aud` your business.
    """
    return ProofKeys(keys=[ProofKey(**key) for key in proof_keys(caller.business_id)])
