export { MediaView } from '@televisit/server/media/testing/media-view';
