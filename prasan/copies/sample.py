"""An invented person's copy, for whoever looks at its page."""

from __future__ import annotations

from prasan.copies.gathering import Copy

_OFFICE = {"th": "บริษัท ตัวอย่างลำพูน จำกัด", "en": "Example Lamphun Co., Ltd."}
_PROJECT = "01KARM8P2Q4T6V8X0Z2B4D6F8H"
_LETTER = """เรียน คุณกมลวรรณ ใจงาม ผู้จัดการฝ่าย CSR บริษัท ตัวอย่างลำพูน จำกัด

จังหวัดลำพูนขอเรียนว่า ขั้นตอนสำคัญ «อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล» แล้วเสร็จเมื่อวันจันทร์ที่ 23 พฤศจิกายน 2569"""
_ANSWER = """From: someone@example.org
Subject: =?utf-8?b?4LiV4Lit4Lia4LiB4Lil4Lix4Lia?=
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

4Lij4Liy4Lii4Liq4Lix4Lib4LiU4Liy4Lir4LmM
"""

COPY: Copy = {
    "contact_id": "contact-1",
    "organisations": [{"id": "partner-1", "name": _OFFICE}],
    "project_titles": {_PROJECT: {"th": "ลำพูนจังหวัดสะอาด", "en": "Clean Lamphun"}},
    "partners": {
        "exported_at": "2026-11-26T03:04:05.678Z",
        "contact": {
            "name": {"th": "กมลวรรณ ใจงาม", "en": "Kamonwan Jaingam"},
            "salutation": "คุณ",
            "position": {"th": "ผู้จัดการฝ่าย CSR", "en": "CSR Manager"},
            "address": "kamonwan@example.org",
            "by_hand": {"th": "โทร. 0 5300 0002"},
            "language": "th",
            "created_at": "2026-10-01T02:00:00.000Z",
            "imported_at": "2026-10-01T02:00:00.000Z",
            "unsubscribed_at": None,
            "preferences": {"mode": "weekly", "quiet_hours": {"start": 20, "end": 7}},
            "suppressed": None,
            "lawful_bases": {
                "alerts": {
                    "basis": "public_task",
                    "source": "ทะเบียน กรอ.จังหวัดลำพูน ปี 2569",
                    "recorded_at": "2026-10-01T02:00:00.000Z",
                    "recorded_by": "operator",
                    "retention_until": "2029-09-30",
                    "withdrawn_at": None,
                }
            },
        },
        "engagements": [{"role": "sponsor", "project_id": _PROJECT}],
    },
    "notifications": {
        "deliveries": [
            {
                "recorded_at": "2026-11-23T03:04:06.000Z",
                "state": "accepted",
                "reasons": [{"code": "sponsor", "partner": _OFFICE}],
                "message": {"subject": "แล้วเสร็จ: อบรมคัดแยกขยะ 50 ครั้ง ครบทุกตำบล", "text": _LETTER},
            },
            {"recorded_at": "2026-11-25T01:30:00.000Z", "state": "in_digest", "reasons": [], "message": None},
        ],
        "incoming": [{"received_at": "2026-11-23T04:00:00.000Z", "raw": _ANSWER}],
    },
    "projects": {
        "questions": [{"asked_at": "2026-11-24T04:00:00.000Z", "text": "ครั้งต่อไปจัดที่ใด <b>ขอบคุณค่ะ</b>"}]
    },
}
