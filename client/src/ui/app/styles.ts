// Every screen before the call; the call and the features load their own.
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/language.css';
import '../styles/prejoin.css';
import '../styles/check.css';
import '../styles/message.css';
