"""What a test tells the local AWS beyond what AWS's own services know: calls of a service `local-aws` (`LocalAws.<Call>`),
which belong to the account and the region of the caller. mod.rs has a method for each."""

import json

from ministack.app import SERVICE_HANDLERS
from ministack.core import router
from ministack.core.responses import AccountRegionScopedDict

TOLD = AccountRegionScopedDict()
CALLS = {}


def hook(name):
    def register(call):
        CALLS[name] = call
        return call

    return register


async def answer(method, path, headers, body, query_params):
    call = CALLS[headers.get("x-amz-target", "").rpartition(".")[2]]
    result = call(json.loads(body or b"{}"))
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(result or {}).encode()


SERVICE_HANDLERS["local-aws"] = answer
router.SERVICE_PATTERNS["local-aws"] = {"target_prefixes": ["LocalAws"], "credential_scope": "local-aws"}
