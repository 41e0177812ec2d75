"""Whether a buyer is a member: asked by a page with a token, answered so that a server can believe it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.core.errors import Unauthenticated
from app.core.ids import new_id, show
from app.workflow.fulfilment import prove_membership as proofs
from tests.factories.memberships import DAY_S, grant
from tests.factories.shop import Shop


def read(shop: Shop, text: str) -> dict[str, Any]:
    """What a merchant's server does with a proof, with the published key and nothing else of ours."""
    head, body, signature = text.split(".")
    kid = json.loads(_raw(head))["kid"]
    [key] = [each for each in proofs.proof_keys(shop.business_id) if each["kid"] == kid]
    Ed25519PublicKey.from_public_bytes(_raw(key["x"])).verify(_raw(signature), f"{head}.{body}".encode())
    return dict(json.loads(_raw(body)))


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_member_is_one_until_the_end_and_the_proof_says_so(shop: Shop, clock: Any) -> None:
    grant(shop, "ann", days=1)
    token = proofs.make_buyer_token(shop.business_id, "ann").text

    found = proofs.prove_membership(shop.business_id, token, shop.product_id)

    claims = read(shop, found.text)
    assert (found.is_member, claims["member"], claims["sub"]) == (True, True, "ann")
    assert (claims["aud"], claims["product_id"]) == (show("biz", shop.business_id), show("prd", shop.product_id))
    assert claims["exp"] - claims["iat"] == 300
    clock.move(2 * DAY_S)
    token = proofs.make_buyer_token(shop.business_id, "ann").text
    assert not proofs.prove_membership(shop.business_id, token, shop.product_id).is_member


def test_who_has_nothing_and_what_there_is_not_look_alike(shop: Shop) -> None:
    token = proofs.make_buyer_token(shop.business_id, "zoe").text

    for product_id in (shop.product_id, new_id()):
        found = proofs.prove_membership(shop.business_id, token, product_id)
        assert (found.is_member, found.level, found.ends_at) == (False, "", None)


def test_a_changed_proof_and_another_businesss_key_do_not_fit(shop: Shop, new_shop: Any) -> None:
    token = proofs.make_buyer_token(shop.business_id, "zoe").text
    head, body, signature = proofs.prove_membership(shop.business_id, token, shop.product_id).text.split(".")
    claims = json.loads(_raw(body)) | {"member": True}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()

    with pytest.raises(InvalidSignature):
        read(shop, f"{head}.{forged}.{signature}")
    other = new_shop()
    assert proofs.proof_keys(other.business_id)[0]["x"] != proofs.proof_keys(shop.business_id)[0]["x"]


def test_a_token_that_is_forged_old_or_of_another_business_tells_nothing(shop: Shop, new_shop: Any, clock: Any) -> None:
    other = new_shop()
    token = proofs.make_buyer_token(shop.business_id, "ann").text
    theirs = proofs.make_buyer_token(other.business_id, "ann").text

    for bad in (theirs, token[:-2], "ann", ""):
        with pytest.raises(Unauthenticated):
            proofs.prove_membership(shop.business_id, bad, shop.product_id)
    clock.move(12 * 3600 + 1)
    with pytest.raises(Unauthenticated):
        proofs.prove_membership(shop.business_id, token, shop.product_id)
