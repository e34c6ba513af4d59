// Calls of the AWS SDK for JavaScript v3 to S3, SQS and CloudWatch; what came is printed as JSON.
const { S3Client, ...s3 } = require("@aws-sdk/client-s3");
const { SQSClient, ...sqs } = require("@aws-sdk/client-sqs");
const { CloudWatchClient, ...cloudwatch } = require("@aws-sdk/client-cloudwatch");
const { Readable } = require("stream");

const code = async (call) => {
  try {
    await call();
    return "no error";
  } catch (error) {
    return [error.name, error.$metadata.httpStatusCode];
  }
};

(async () => {
  const seen = {};
  const client = new S3Client({ forcePathStyle: true });
  const bucket = { Bucket: "js-bucket" };
  const put = (Key, Body, ContentLength) =>
    client.send(new s3.PutObjectCommand({ ...bucket, Key, Body, ContentLength, Metadata: { A: "b" } }));
  const get = async (Key) => {
    const found = await client.send(new s3.GetObjectCommand({ ...bucket, Key }));
    return [await found.Body.transformToString(), found.Metadata];
  };
  await client.send(new s3.CreateBucketCommand(bucket));
  await put("a b+ü", "hello");
  seen.object = await get("a b+ü");
  // The SDK sends it in chunks of the transfer coding, with a checksum after them.
  await put("stream", Readable.from([Buffer.alloc(70000, "a"), Buffer.from("b")]), 70001);
  seen.streamed = (await get("stream"))[0].length;
  seen.keys = (await client.send(new s3.ListObjectsV2Command(bucket))).Contents.map((each) => each.Key);
  await client.send(new s3.DeleteObjectsCommand({ ...bucket, Delete: { Objects: [{ Key: "stream" }] } }));
  seen.gone = await code(() => get("stream"));

  const queues = new SQSClient({});
  const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName: "js-queue" }));
  await queues.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "hi" }));
  const { Messages } = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2 }));
  seen.message = Messages[0].Body;

  const metrics = new CloudWatchClient({});
  const MetricData = [{ MetricName: "m", Value: 1.5, Timestamp: new Date() }];
  await metrics.send(new cloudwatch.PutMetricDataCommand({ Namespace: "js", MetricData }));
  seen.metrics = (await metrics.send(new cloudwatch.ListMetricsCommand({ Namespace: "js" }))).Metrics[0].MetricName;

  const wrong = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "wrong" };
  seen.wrong = await code(() => new S3Client({ forcePathStyle: true, credentials: wrong }).send(new s3.ListBucketsCommand({})));
  console.log(JSON.stringify(seen));
})();
