export { decodeProtobuf, isProtobufBody, PROTOBUF_MEDIA_TYPE } from './decode.ts'
