"""The pages of buyers and developers."""

import re

import pytest

from tests.simulator.company import Company


@pytest.mark.parametrize(("scene", "page"), [("web", "pay"), ("qr", "qr"), ("app", "app")])
def test_each_scene_has_its_page(company: Company, scene: str, page: str) -> None:
    payment = company.open(scene=scene)

    answer = company.client.get(payment["pay_url"])

    assert payment["pay_url"] == f"{company.url}/{page}/{payment['trade_no']}"
    assert answer.status_code == 200
    assert "$19.80" in answer.text
    assert "Test Shop" in answer.text
    assert "No real money" in answer.text


def test_the_qr_code_is_drawn_and_written_out(company: Company) -> None:
    payment = company.open(scene="qr")

    drawing = company.client.get(f"{company.url}/qr/{payment['trade_no']}.svg")

    assert drawing.headers["Content-Type"].startswith("image/svg+xml")
    assert b"<path" in drawing.content
    assert payment["qr_content"] in company.client.get(payment["pay_url"]).text
    back = company.decide(payment["trade_no"], "approve")
    assert back.headers["Location"].endswith(f"/pay/{payment['trade_no']}")


def test_pages_hold_no_inline_script_or_style(company: Company) -> None:
    payment = company.open(scene="qr")
    company.script("query", "drop")
    trade_no = payment["trade_no"]

    for path in ("/", f"/payments/{trade_no}", f"/pay/{trade_no}", f"/qr/{trade_no}", f"/app/{trade_no}", "/nothing"):
        answer = company.client.get(company.url + path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", answer.text, re.IGNORECASE), path


def test_what_merchants_write_is_escaped(company: Company) -> None:
    payment = company.open(subject="<script>alert(1)</script>")

    for path in ("/", f"/pay/{payment['trade_no']}", f"/payments/{payment['trade_no']}"):
        assert "<script>" not in company.client.get(company.url + path).text


def test_an_unknown_payment_has_a_page_that_says_so(company: Company) -> None:
    answer = company.client.get(f"{company.url}/pay/PP000")

    assert answer.status_code == 404
    assert "There is no such payment." in answer.text


def test_the_desk_adds_and_removes_scripts(company: Company) -> None:
    company.open()
    form = {"failure": "query.delay", "times": "2", "value": "0", "out_trade_no": ""}

    added = company.client.post(f"{company.url}/scripts", data=form)
    refused = company.client.post(f"{company.url}/scripts", data=form | {"times": "often"})

    assert (added.status_code, refused.status_code) == (303, 422)
    (script,) = company.admin("GET", "/scripts")["data"]
    assert (script["operation"], script["behavior"], script["times"]) == ("query", "delay", 2)
    assert "used 0 of 2" in company.client.get(company.url).text
    company.client.post(f"{company.url}/scripts/{script['script_id']}/remove")
    assert company.admin("GET", "/scripts")["data"] == []


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"X-Forwarded-For": "203.0.113.9"}, {"Host": "10.0.0.1:80"}]
)
def test_the_controls_are_for_this_machine_only(company: Company, headers: dict[str, str]) -> None:
    for path in ("/", "/admin/scripts", "/admin/calls"):
        assert company.client.get(company.url + path, headers=headers).status_code == 403


def test_other_sites_cannot_press_our_buttons(company: Company) -> None:
    payment = company.open()
    cross = {"Sec-Fetch-Site": "cross-site"}

    pay = company.client.post(f"{company.url}/pay/{payment['trade_no']}", data={"action": "approve"}, headers=cross)
    dashboard = company.client.post(f"{company.url}/scripts", data={"failure": "query.drop"}, headers=cross)
    admin = company.client.post(f"{company.url}/admin/reset", data={"any": "form"})

    assert (pay.status_code, dashboard.status_code, admin.status_code) == (403, 403, 415)
    assert company.call("GET", f"/payments/{payment['out_trade_no']}").json()["status"] == "pending"
