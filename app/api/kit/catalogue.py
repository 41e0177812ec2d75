"""Each error code that a JSON route may answer: its status, its title, and what the caller should do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorKind:
    """One stable error code of the API."""

    code: str
    status: int
    title: str
    advice: str


_KINDS = (
    # The request as such
    ErrorKind("malformed_body", 400, "Malformed body", "Send valid UTF-8 JSON with an object at the top."),
    ErrorKind("bad_request", 400, "Bad request", "The request could not be read as HTTP; check how it is built."),
    ErrorKind("idempotency_key_missing", 400, "Idempotency-Key missing",
              "Send a new random key for each action in the Idempotency-Key header; repeat it on retries."),
    ErrorKind("idempotency_key_invalid", 400, "Idempotency-Key invalid", "Use 8 to 255 visible ASCII characters."),
    ErrorKind("unauthenticated", 401, "Not authenticated", "Send a valid key: Authorization: Bearer sk_test_…"),
    ErrorKind("denied", 403, "Not allowed", "This key may not do this; use a key with the permission that is named."),
    ErrorKind("origin_denied", 403, "Origin not allowed", "Add the page's origin to the business's allowed origins."),
    ErrorKind("not_found", 404, "Not found", "No such object in this business, or no such address."),
    ErrorKind("method_not_allowed", 405, "Method not allowed", "Use one of the methods in the Allow header."),
    ErrorKind("not_acceptable", 406, "Not acceptable", "Only application/json is answered."),
    ErrorKind("body_too_large", 413, "Body too large", "Send at most 256 kB of JSON; of a file what its route takes."),
    ErrorKind("unsupported_media_type", 415, "Unsupported media type",
              "Send Content-Type: application/json, a file as multipart/form-data."),
    ErrorKind("invalid_parameter", 422, "Invalid parameter",
              "Correct the members listed under `errors`; nothing was changed."),
    ErrorKind("invalid_cursor", 422, "Invalid cursor", "Pass next_cursor of the page before, unchanged."),
    ErrorKind("idempotency_key_reused", 422, "Idempotency-Key reused",
              "The key was used with another body. Use a new key for a new action."),
    ErrorKind("idempotency_in_flight", 409, "Still in flight",
              "The first request with this key is still running. Wait a moment and repeat it with the same key."),
    ErrorKind("rate_limited", 429, "Too many requests", "Wait as many seconds as Retry-After says."),
    ErrorKind("internal", 500, "Internal error",
              "Repeat with the same Idempotency-Key. If it stays, report the request id."),
    ErrorKind("unavailable", 503, "Temporarily unavailable",
              "Repeat with the same Idempotency-Key after Retry-After seconds."),
    # Buying
    ErrorKind("api_key_invalid", 401, "API key invalid",
              "Use a key that is not revoked: a secret one on a server, a publishable one in a page."),
    ErrorKind("unknown_version", 400, "Unknown version", "Send a Bursar-Version that there is, or none."),
    ErrorKind("api_key_expired", 401, "API key expired", "Use the key that replaced it, or make a new one."),
    ErrorKind("address_denied", 403, "Address not allowed",
              "Call from an address that the key allows, or let the key be used from this one."),
    ErrorKind("invalid_key", 422, "Invalid key", "Give it a name, a kind, and an end in the future or none."),
    ErrorKind("invalid_scope", 422, "Invalid scope",
              "Give a restricted key one or more of the scopes there are, and other keys none."),
    ErrorKind("invalid_address", 422, "Invalid address", "Send addresses or networks, such as 203.0.113.0/24."),
    ErrorKind("too_many_keys", 409, "Too many keys", "Revoke one first; a business has at most 200."),
    ErrorKind("key_over", 409, "Key is over", "It was revoked, replaced, or has expired. Make a new one."),
    ErrorKind("too_many_streams", 503, "Too many streams", "Ask for the snapshot every few seconds instead."),
    ErrorKind("client_secret_invalid", 401, "Client secret invalid", "Open a new checkout session for the buyer."),
    ErrorKind("not_on_sale", 409, "Not on sale", "Offer another product, or publish this one."),
    ErrorKind("out_of_stock", 409, "Out of stock", "Offer fewer pieces or another SKU."),
    ErrorKind("quantity_not_allowed", 422, "Quantity not allowed", "Stay within `details.max` pieces per order."),
    ErrorKind("buyer_limit", 409, "Limit per buyer", "Offer at most `details.left` pieces to this buyer."),
    ErrorKind("wrong_product", 422, "Wrong product", "Choose a SKU of the session's product."),
    ErrorKind("wrong_currency", 422, "Wrong currency", "Choose a SKU that costs the session's currency."),
    ErrorKind("split_unknown", 503, "Orders cannot be split",
              "Install the package that splits orders again, or choose another way in the portal."),
    ErrorKind("sku_twice", 422, "SKU named twice", "Put all pieces of a SKU into one line."),
    ErrorKind("line_needed", 422, "Line needed", "Name the line by its `key` in `lines`."),
    ErrorKind("last_line", 422, "Last line", "Leave one line, or cancel the session."),
    ErrorKind("no_such_line", 404, "No such line", "Draw the session's present `lines`; this one was taken out."),
    ErrorKind("session_changed", 409, "Session changed", "Show the buyer the session as it is, then ask again."),
    ErrorKind("mixed_currencies", 422, "Mixed currencies", "Place an order for each currency."),
    ErrorKind("amount_too_large", 422, "Amount too large", "Keep an order's total within 99,999,999,999 minor units."),
    ErrorKind("agreement_required", 422, "Agreement required", "Send the id and hash of every text in `agreements`."),
    ErrorKind("no_price", 409, "No price", "Set a price in `details.currency`, or sell in another currency."),
    ErrorKind("too_many_codes", 429, "Too many codes", "Wait as many seconds as Retry-After says."),
    ErrorKind("invalid_promotion", 422, "Cannot be given", "Correct what it gives; the text says why."),
    ErrorKind("invalid_coupon", 422, "Cannot be a coupon", "Correct `details.param`; the text says why."),
    ErrorKind("coupon_code_taken", 409, "Code taken", "Choose another shared code, or end the template that has it."),
    ErrorKind("coupon_not_issued", 409, "Not issued", "Issue coupons of an active template without a shared code."),
    ErrorKind("coupon_quota_spent", 409, "Quota spent", "`details.left` can still be issued."),
    ErrorKind("too_many_coupon_templates", 409, "Too many templates", "End templates that nobody needs any more."),
    ErrorKind("invalid_batch", 422, "Invalid batch", "Make 1 to 10,000 codes at a time."),
    ErrorKind("coupon_refused", 409, "Coupon refused", "Leave out the code; `details.reason` says why."),
    ErrorKind("price_changed", 409, "Price changed", "Show the buyer the session's present total, then confirm again."),
    ErrorKind("channel_unavailable", 422, "Way to pay unavailable", "Choose another of the session's `channels`."),
    ErrorKind("other_channel_needed", 409, "Price of another way to pay",
              "Pay by one of `details.channels`, or cancel the order and place it again."),
    ErrorKind("unknown_channel", 422, "Unknown channel", "Choose one of the session's `channels`."),
    ErrorKind("configuration_inactive", 409, "Configuration switched off",
              "Switch the checkout configuration on in the portal, or sell by another."),
    ErrorKind("configuration_archived", 409, "Configuration archived", "Restore it first."),
    ErrorKind("coupons_closed", 409, "No codes here", "Take codes only where `coupons_open` says so."),
    ErrorKind("session_closed", 409, "Session over", "Open a new checkout session."),
    ErrorKind("session_expired", 409, "Session expired", "Open a new checkout session."),
    ErrorKind("session_ordered", 409, "Order placed", "The order stands; cancel it to choose other goods."),
    ErrorKind("payment_in_progress", 409, "Payment in progress", "Wait until the payment is decided; ask again."),
    ErrorKind("not_reserved", 409, "Not reserved",
              "The seller's system gave no answer and nothing was ordered. Try again with a new Idempotency-Key."),
    # Orders and refunds
    ErrorKind("order_state", 409, "State of the order", "Read the order again; its state does not allow this."),
    ErrorKind("order_expired", 409, "Order expired", "Open a new checkout session."),
    ErrorKind("illegal_state", 409, "State does not allow it", "Read the object again; its state does not allow this."),
    ErrorKind("moved", 409, "Changed meanwhile", "Read the object again and repeat the request."),
    ErrorKind("approval_needed", 403, "Approval needed",
              "Somebody else has to approve so much; approval_id names the request. Repeat with the same key."),
    ErrorKind("already_asked", 409, "Asked for already", "Somebody asked for it already; it waits for approval."),
    ErrorKind("reason_needed", 422, "Reason needed", "Say how you know."),
    ErrorKind("approval_refused", 409, "Not approved",
              "It was rejected, came too late or could not be done; nothing was moved. Use a new key to ask anew."),
    ErrorKind("not_refundable", 409, "Not refundable", "Nothing of this order can be refunded (any more)."),
    ErrorKind("refund_exceeds_rest", 409, "Refund too large", "Refund at most `details.refundable_minor`."),
    ErrorKind("invalid_amount", 422, "Invalid amount", "Send a whole number above zero, in minor units."),
    # Wallets
    ErrorKind("insufficient_funds", 402, "Not enough money", "Take at most `details.available_minor`, or top up."),
    ErrorKind("release_exceeds_freeze", 409, "Release too large", "Release at most `details.left_minor`."),
    ErrorKind("wallet_not_allowed", 403, "Wallet not allowed",
              "Open the session with `buyer.signed_in` when you know the browser to be this buyer's."),
    ErrorKind("same_wallet", 422, "Same wallet", "Name two buyers: one who gives and one who gets."),
    ErrorKind("insufficient_points", 409, "Not enough points", "Take at most `details.balance`."),
    ErrorKind("invalid_points", 422, "Invalid points", "Change 1 to 1,000,000,000 points, either way."),
    # Products
    ErrorKind("unknown_category", 422, "Unknown category", "Make the category first, or send another code."),
    ErrorKind("invalid_code", 422, "Code cannot be", "Send small letters, digits, - and _."),
    ErrorKind("invalid_name", 422, "Name cannot be", "Send 1 to 120 characters."),
    ErrorKind("too_many_categories", 409, "Too many categories", "Keep to 500 categories on four levels."),
    ErrorKind("category_not_empty", 409, "Categories below it", "Take away the categories below it first."),
    ErrorKind("image_type", 422, "Kind of picture", "Send JPEG, PNG, WebP or GIF; drawings (SVG) are not taken."),
    ErrorKind("image_too_large", 422, "Picture too large", "Send at most 8 MB and 30 million pixels."),
    ErrorKind("image_damaged", 422, "Picture damaged", "The file is cut off or broken; save the picture again."),
    ErrorKind("too_many_images", 409, "Too many pictures", "Take one away first; a product has at most 10."),
    ErrorKind("invalid_alt", 422, "No description", "Describe the picture for those who cannot see it."),
    ErrorKind("invalid_place", 422, "No such place", "Send a position from 1 to the number of pictures."),
    ErrorKind("stock_held", 409, "Stock is held", "Keep at least as many pieces as open orders hold."),
    ErrorKind("too_many_skus", 409, "Too many SKUs", "Make another product; one has at most 100 SKUs."),
    ErrorKind("too_many_prices", 409, "Too many prices", "End some; a SKU has at most 200 prices."),
    ErrorKind("invalid_window", 422, "Invalid time", "Let it end after it begins, and not in the past."),
    ErrorKind("invalid_options", 422, "Invalid options", "Name each option and value once; at most 100 combinations."),
    ErrorKind("invalid_specification", 422, "Invalid specification", "Send a value of each option of the product."),
    ErrorKind("specification_taken", 409, "Specification taken", "Change the SKU that is this combination already."),
    ErrorKind("invalid_limit", 422, "Invalid limit", "Send limits that do not contradict one another, or null."),
    ErrorKind("invalid_attributes", 422, "Invalid attributes", "Send at most 30, each with a name and a value."),
    ErrorKind("invalid_appearance", 422, "Cannot be an appearance", "Correct `details.param`; the text says why."),
    ErrorKind("unknown_currency", 422, "Unknown currency", "Send an ISO 4217 code, such as USD."),
    ErrorKind("code_taken", 409, "Code taken", "Each SKU code exists once in a business; choose another."),
    ErrorKind("unknown_delivery_kind", 422, "Unknown kind of delivery", "Choose one of the kinds in the document."),
    ErrorKind("stock_is_counted", 422, "Stock is counted", "Add licence keys to the pool instead."),
    ErrorKind("invalid_keys", 422, "Invalid keys", "Send 1 to 5,000 keys of at most 1,000 characters."),
    ErrorKind("key_not_free", 409, "Key not free", "Only a key that nobody bought can be taken out."),
    ErrorKind("other_delivery", 409, "Delivered another way", "Make another product of the kind you want."),
    ErrorKind("no_delivery_url", 409, "No address to call", "Set the address of your system first."),
    ErrorKind("no_files", 409, "No files", "Add a file before publishing the product."),
    ErrorKind("file_too_large", 413, "File too large", "Send at most 512 MB."),
    ErrorKind("too_many_files", 409, "Too many files", "A product has at most 100 files."),
    ErrorKind("invalid_file", 422, "Invalid file", "Send a file that is not empty, and within its limit."),
    ErrorKind("invalid_list", 422, "Invalid list", "Name filters and columns of the list, and an IANA time zone."),
    ErrorKind("too_many_exports", 409, "Too many exports", "Wait until one of yours is done."),
    ErrorKind("export_not_ready", 409, "Export not ready", "Ask for the export until it is `done`."),
    ErrorKind("invalid_stock", 422, "Invalid stock", "Send a change or a number; something has to change by it."),
    ErrorKind("invalid_goods", 422, "Invalid goods",
              "Say only what this kind of delivery hands over, within the ranges in the document."),
    ErrorKind("invalid_email", 422, "Invalid e-mail address", "Send one address such as ada@people.example."),
    ErrorKind("already_in_team", 409, "In the team already", "Give the member another role instead."),
    ErrorKind("beyond_own_role", 403, "Beyond one's own role",
              "Nobody gives more than they have. Owners are made and unmade by owners, in the portal."),
    ErrorKind("last_owner", 409, "Last owner", "Make somebody else an owner first, in the portal."),
    ErrorKind("invitation_accepted", 409, "Invitation accepted", "Remove the member instead."),
    ErrorKind("too_many_requests", 429, "Too many invitations", "Wait an hour before you invite more people."),
    ErrorKind("invalid_role", 422, "Invalid role", "Send a name that is not one of ours, and what the role may do."),
    ErrorKind("invalid_limit", 422, "Invalid limit", "Limit refunds, payouts or withdrawals, to zero or more."),
    ErrorKind("role_exists", 409, "Role exists", "Choose another name, or change the role of that name."),
    ErrorKind("role_in_use", 409, "Role in use", "Give its people another role first, and withdraw invitations to it."),
    ErrorKind("too_many_roles", 409, "Too many roles", "Remove roles that nobody has."),
    ErrorKind("invalid_url", 422, "Invalid URL", "Send an https:// URL with a host and without a password."),
    ErrorKind("unknown_event_type", 422, "Unknown event", "Name types from /v1/event_types, `order.*`, or `*`."),
    ErrorKind("too_many_endpoints", 409, "Too many endpoints", "Remove one first; a business has at most 50."),
    ErrorKind("invalid_overlap", 422, "Invalid overlap", "Let the old secret count for a week at most."),
    ErrorKind("too_long_ago", 409, "Too long ago", "Begin within the last 30 days; read /v1/events for what is older."),
    ErrorKind("nothing_to_sell", 409, "Nothing to sell", "Add an active SKU before publishing the product."),
)  # fmt: skip

CATALOGUE: dict[str, ErrorKind] = {kind.code: kind for kind in _KINDS}

_BY_STATUS = {
    400: "bad_request", 401: "unauthenticated", 403: "denied", 404: "not_found", 405: "method_not_allowed",
    406: "not_acceptable", 413: "body_too_large", 415: "unsupported_media_type", 422: "invalid_parameter",
    429: "rate_limited", 500: "internal", 503: "unavailable",
}  # fmt: skip


def kind_for(code: str, status: int) -> ErrorKind:
    """The kind of a code; a code that is not in the catalogue takes the title of its status."""
    if code in CATALOGUE:
        return CATALOGUE[code]
    general = CATALOGUE.get(_BY_STATUS.get(status, ""))
    return ErrorKind(code, status, general.title if general else "Error", general.advice if general else "")


def code_for_status(status: int) -> str:
    """The code for an HTTP error that has no code of its own."""
    return _BY_STATUS.get(status, "bad_request" if status < 500 else "internal")
