"""The same stack in Python, with the wheel that `npm run package` writes."""

import aws_cdk as cdk
from cdk_ml_serving import Auth, Model, Synchronous, Throttle, WebSingle

app = cdk.App()
stack = cdk.Stack(app, "Flowers")

# The shortest way: a folder with model.onnx, model.yaml and golden.json becomes a REST API, signed with IAM.
service = WebSingle(stack, "Iris", model=Model.from_asset("models/iris"))
cdk.CfnOutput(stack, "Url", value=service.url)

# The same with a deadline, open to anyone, at most 20 requests a second.
Synchronous(
    stack,
    "Digits",
    model=Model.from_asset("models/digits"),
    deadline=cdk.Duration.seconds(2),
    auth=Auth.none(),
    throttle=Throttle(rate=20, burst=40),
)

app.synth()
